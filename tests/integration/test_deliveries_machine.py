"""Grants, a mailbox that fails in every way and workers that die, against a model in plain Python."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from conftest import SettingsFactory
from delivery_model import Model
from game_world import account
from grant_builders import NOW, a_grant, owe, stored
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from mailbox_stand_in import MailboxStandIn, Mood, serving_mailbox

from app.clients.mailbox import MailboxClient
from app.clients.transport import open_http
from app.game.deliveries import GrantDeliveries
from app.game.ledgers import GrantDocument
from app.resources import open_resources

players = st.integers(1, 4)
moods = st.dictionaries(players, st.sampled_from([mood for mood in Mood if mood.answers]))
deadly_moods = st.sampled_from([Mood.SILENT, Mood.WELL_THEN_SILENT])
pauses = st.sampled_from([0.5, 1, 2, 5, 29, 30, 31, 700]).map(lambda seconds: timedelta(seconds=seconds))


@dataclass(frozen=True)
class Stage:
    """What all examples share."""

    runner: asyncio.Runner
    mailbox: MailboxStandIn
    workers: list[GrantDeliveries]


class DeliveryMachine(RuleBasedStateMachine):
    """Each example begins with nothing owed."""

    stage: Stage

    @initialize()
    def begin(self) -> None:
        self.model = Model()
        self.now = NOW
        self.archives = count(1)
        self.stage.mailbox.forget()
        self._do(GrantDocument.get_motor_collection().delete_many({}))

    @rule(winners=st.lists(players, min_size=1, max_size=4), at_the_front=st.booleans())
    def grants_are_made(self, winners: list[int], at_the_front: bool) -> None:  # noqa: FBT001
        for player in winners:
            archive = next(self.archives)
            grant = a_grant(1_000 - archive if at_the_front else 1_000 + archive, player, at=self.now)
            self.model.owe(grant["_id"], player, self.now)
            self._do(owe(grant))

    @rule(pause=pauses)
    def time_passes(self, pause: timedelta) -> None:
        self.now += pause

    @rule(worker=st.integers(0, 1), moods=moods)
    def a_worker_delivers(self, worker: int, moods: dict[int, Mood]) -> None:
        self._set(moods)

        sent = self._do(self.stage.workers[worker].deliver_due(self.now))

        assert sent == self.model.deliver(self.now, moods)

    @rule(moods=moods)
    def both_workers_deliver_at_once(self, moods: dict[int, Mood]) -> None:
        self._set(moods)

        sent = self._do(_all(*(worker.deliver_due(self.now) for worker in self.stage.workers)))

        assert sum(sent) == self.model.deliver(self.now, moods)

    @rule(worker=st.integers(0, 1), mood=deadly_moods)
    def a_worker_dies_between_the_send_and_the_mark(self, worker: int, mood: Mood) -> None:
        self._set(dict.fromkeys(range(1, 5), mood))
        taken = self.model.take(self.now)

        self._do(self._killed(self.stage.workers[worker], calls=len(taken)))

        for delivery in taken:
            self.model.reach(delivery, mood)

    @invariant()
    def the_grants_are_as_in_the_model(self) -> None:
        rows = {row["_id"]: row for row in self._do(stored())}
        assert rows.keys() == self.model.ids
        assert all(rows[grant].get("delivery_id") is None for grant in self.model.fresh)
        for delivery in self.model.begun:
            for row in (rows[grant] for grant in delivery.ids):
                assert row["delivery_id"] == delivery.key
                assert row["attempts"] == delivery.attempts
                assert row["status"] == ("sent" if delivery.is_sent else "owed")
                assert delivery.is_sent or row["due_at"] == delivery.due_at

    @invariant()
    def the_mailbox_is_as_in_the_model(self) -> None:
        assert self.stage.mailbox.mail == dict.fromkeys(self.model.mailbox, 1)

    def teardown(self) -> None:
        """Once all is well again, every grant is in the mailbox, and there once."""
        self._set({})
        self._do(self.stage.workers[0].deliver_due(self.now + timedelta(minutes=10)))
        assert self.stage.mailbox.mail == dict.fromkeys(self.model.ids, 1)
        assert all(len(bodies) == 1 for bodies in self.stage.mailbox.bodies_by_key.values())
        assert all(row["status"] == "sent" for row in self._do(stored()))

    def _set(self, moods: dict[int, Mood]) -> None:
        self.stage.mailbox.moods_of = {account(player): mood for player, mood in moods.items()}

    async def _killed(self, worker: GrantDeliveries, *, calls: int) -> None:
        mailbox = self.stage.mailbox
        before = len(mailbox.calls)
        sending = asyncio.create_task(worker.deliver_due(self.now))
        await mailbox.called(before + calls)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        mailbox.let_go()

    def _do(self, work: Any) -> Any:
        return self.stage.runner.run(_awaited(work))


async def _awaited(work: Any) -> Any:
    return await work


async def _all(*work: Coroutine[Any, Any, int]) -> list[int]:
    return list(await asyncio.gather(*work))


async def _open_stage(exits: AsyncExitStack, settings_for: SettingsFactory, runner: asyncio.Runner) -> Stage:
    mailbox = await exits.enter_async_context(serving_mailbox())
    resources = await exits.enter_async_context(open_resources(settings_for(mailbox_url=mailbox.url)))
    http = await exits.enter_async_context(open_http())
    another = GrantDeliveries(MailboxClient(mailbox.url, http, lambda: "token"))
    return Stage(runner, mailbox, [resources.game.deliveries, another])


@pytest.fixture
def stage(settings_for: SettingsFactory) -> Iterator[Stage]:
    with asyncio.Runner() as runner:
        exits = AsyncExitStack()
        yield runner.run(_open_stage(exits, settings_for, runner))
        runner.run(exits.aclose())


def test_whatever_happens_every_grant_is_in_the_mailbox_once(stage: Stage) -> None:
    DeliveryMachine.stage = stage
    run_state_machine_as_test(
        DeliveryMachine,
        settings=hypothesis_settings(
            max_examples=60,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
