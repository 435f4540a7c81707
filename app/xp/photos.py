"""The acts on photos. Each may be repeated, also by two at once, and then changes nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.xp.documents import CoinState, PhotoDocument
from app.xp.errors import UnknownTeam
from app.xp.people import kind_of_team
from app.xp.people_documents import TeamKind
from app.xp.recording import Act, Change, Recorder
from app.xp.rules import photos as rules
from app.xp.rules.photos import Photo, Upload
from app.xp.rules.places import Place
from app.xp.rules.tags import Tag, amounts_of, fingerprint
from app.xp.stored import Row, photo_row, read_photo


@dataclass(frozen=True, slots=True)
class UploadFacts:
    """What is told about an uploaded photo; without `created_at` it is of the present."""

    photo_id: int
    user_id: int
    place: Place
    team_id: int | None = None
    created_at: datetime | None = None


class Photos:
    """Records what happens to photos; one per process."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    async def upload(self, facts: UploadFacts, *, now: datetime) -> Photo:
        """The photo, new or known. One that is told to be elsewhere takes what it counts along.

        Raises UnknownTeam, PhotoOfAnother or PhotoDeleted.
        """
        upload = Upload(
            photo_id=facts.photo_id,
            user_id=facts.user_id,
            place=facts.place,
            team_id=facts.team_id,
            is_school=await _is_school(facts.team_id),
            created_at=facts.created_at and _to_millisecond(facts.created_at),
        )
        return await self._record(
            facts.photo_id, lambda photo: rules.uploaded(photo, upload, _to_millisecond(now))
        )

    async def tag(self, photo_id: int, tags: Sequence[Tag]) -> Photo:
        """The photo with exactly these tags. Raises UnknownPhoto."""
        told, amounts = fingerprint(tags), amounts_of(tags)
        return await self._record(photo_id, lambda photo: rules.tagged(photo, told, amounts))

    async def approve(self, photo_id: int) -> Photo:
        """The photo, verified: one of a school counts from now on. Raises UnknownPhoto.

        The first time, it counts towards its user's next littercoin as well.
        """
        return await self._record(photo_id, rules.approved, owes_coin=True)

    async def revoke(self, photo_id: int) -> Photo:
        """The photo, not verified: one of a school does not count. Raises UnknownPhoto."""
        return await self._record(photo_id, rules.revoked)

    async def delete(self, photo_id: int) -> Photo:
        """What is left of the photo; nothing of it counts. Raises UnknownPhoto."""
        return await self._record(photo_id, rules.deleted)

    async def _record(
        self, photo_id: int, change: Callable[[Photo | None], Photo], *, owes_coin: bool = False
    ) -> Photo:
        def decide(row: Row | None) -> Change:
            photo = change(read_photo(row))
            coin = None if row is None else row["coin"]
            if owes_coin:
                coin = coin or CoinState.OWED.value
            return Change(photo_row(photo) | {"coin": coin}, photo.counted)

        recorded = read_photo(await self._recorder.record(Act(PhotoDocument, photo_id, decide)))
        assert recorded is not None  # noqa: S101 # what has been recorded is there
        return recorded


async def _is_school(team_id: int | None) -> bool:
    if team_id is None:
        return False
    kind = await kind_of_team(team_id)
    if kind is None:
        raise UnknownTeam
    return kind is TeamKind.SCHOOL


def _to_millisecond(instant: datetime) -> datetime:
    """As MongoDB stores it, so that what is told again is recognised."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)
