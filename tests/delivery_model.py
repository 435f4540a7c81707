"""What should become of grants, in plain Python: the model the deliveries are compared with."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailbox_stand_in import Mood

LEASE = timedelta(seconds=30)


@dataclass
class Begun:
    """A set of grants that is sent together until the mailbox has it."""

    ids: list[str]
    account: int
    due_at: datetime
    attempts: int = 0
    is_sent: bool = False

    @property
    def key(self) -> str:
        """The least of its ids."""
        return min(self.ids)


@dataclass
class Model:
    """Grants by account that no delivery has yet, deliveries, and what is in mailboxes."""

    fresh: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    begun: list[Begun] = field(default_factory=list)
    mailbox: set[str] = field(default_factory=set)

    @property
    def ids(self) -> set[str]:
        """Every grant there ever was."""
        return set(self.fresh) | {grant for delivery in self.begun for grant in delivery.ids}

    def owe(self, grant: str, account: int, now: datetime) -> None:
        """A grant is made."""
        self.fresh[grant] = (account, now)

    def deliver(self, now: datetime, moods: dict[int, Mood]) -> int:
        """Everything that is due is tried once; returns how many grants are sent by that."""
        sent = 0
        while taken := self.take(now):
            for delivery in taken:
                mood = moods.get(delivery.account, Mood.WELL)
                self.reach(delivery, mood)
                delivery.is_sent = mood is Mood.WELL
                delivery.due_at = now + timedelta(seconds=min(2 ** (delivery.attempts - 1), 600))
                sent += len(delivery.ids) if delivery.is_sent else 0
        return sent

    def take(self, now: datetime) -> list[Begun]:
        """The deliveries of one round, one for each account: first those begun, then what is fresh."""
        accounts = {delivery.account for delivery in self.begun} | {one for one, _ in self.fresh.values()}
        taken = [delivery for number in sorted(accounts) if (delivery := self._next(number, now))]
        for delivery in taken:
            delivery.attempts += 1
            delivery.due_at = now + LEASE
        return taken

    def reach(self, delivery: Begun, mood: Mood) -> None:
        """The mailbox is called, and keeps the messages or does not."""
        if mood.keeps:
            self.mailbox |= set(delivery.ids)

    def _next(self, account: int, now: datetime) -> Begun | None:
        due = [one for one in self.begun if one.account == account and not one.is_sent and one.due_at <= now]
        if due:
            return min(due, key=lambda one: (one.due_at, one.key))
        fresh = [grant for grant, (owner, due_at) in self.fresh.items() if owner == account and due_at <= now]
        if not fresh:
            return None
        for grant in fresh:
            del self.fresh[grant]
        self.begun.append(Begun(fresh, account, now))
        return self.begun[-1]
