"""XP for administrators who do work on photos."""

from dataclasses import dataclass
from datetime import datetime

from app.xp.documents import RewardDocument
from app.xp.recording import Act, Change, Recorder
from app.xp.rules.boards import Counted
from app.xp.rules.counters import Counters
from app.xp.rules.places import Place
from app.xp.rules.windows import day_of
from app.xp.stored import Row, read_counted

#: Where an administrator sits says nothing about where the photo was taken.
NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Reward:
    """XP for one action of an administrator on one photo."""

    admin_id: int
    photo_id: int
    action: str
    xp: int

    @property
    def id(self) -> str:
        """The same for the same administrator, photo and action."""
        return f"{self.admin_id}:{self.photo_id}:{self.action}"


class Rewards:
    """Gives XP to administrators; one per process."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    async def give(self, reward: Reward, *, now: datetime) -> int:
        """The XP the administrator has been given for this: now, or when it was first said.

        It counts worldwide, on the day it is given.
        """

        def decide(row: Row | None) -> Change:
            told = {"admin_id": reward.admin_id, "photo_id": reward.photo_id, "action": reward.action}
            counted = None if row is None else read_counted(row["counted"])
            return Change(
                told, counted or Counted(reward.admin_id, NOWHERE, day_of(now), Counters(xp=reward.xp))
            )

        row = await self._recorder.record(Act(RewardDocument, reward.id, decide))
        counted = read_counted(row["counted"])
        return 0 if counted is None else counted.amounts.xp
