"""Rollovers as administrators ask for them, follow them and play them again."""

import pytest
from conftest import SettingsFactory
from definition_builders import board_b
from game_world import BOARD, GUILD, Json, Store, World, a_board, account, fingerprint, problem_of, together
from rollover_driver import DEMOTED, League, rank_rewards, tiered

from app.game.archives import replay
from app.game.documents import new_id
from app.game.ledgers import Step
from app.settings import Settings

pytest_plugins = ["game_fixtures", "rollover_fixtures"]

FIVE = {number: 60 - 10 * number for number in range(1, 6)}


async def asked(league: World, **body: str) -> list[Json]:
    """The runs that a request for a rollover answers."""
    answer = await league.do_admin("POST", "rollover", **body)
    assert answer.status_code == 202, answer.text
    return list(answer.json()["runs"])


async def ended(league: League) -> str:
    """The archive of a cycle that five players took part in."""
    await league.scores(FIVE)
    await league.roll_over()
    return str(league.archives()[-1]["_id"])


async def replayed(league: World, archive_id: str) -> Json:
    """What playing an archive again answers."""
    answer = await league.do_admin("POST", "debugRollover", archiveId=archive_id)
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


class TestAsking:
    """Rollovers begun by hand."""

    async def test_a_rollover_locks_its_leaderboard(self, league: League) -> None:
        await league.define(a_board())

        (run,) = await asked(league, leaderboardId=BOARD)

        assert (run["leaderboardId"], (await league.cycle())["state"]) == (BOARD, "locked")

    async def test_without_a_name_every_leaderboard_is_rolled_over(self, league: League) -> None:
        await league.define(a_board("one"), a_board("two"))

        runs = await asked(league)

        assert [run["leaderboardId"] for run in runs] == ["one", "two"]

    async def test_a_rollover_that_is_going_on_is_answered_again(self, league: League) -> None:
        await league.define(a_board())

        assert await asked(league, leaderboardId=BOARD) == await asked(league, leaderboardId=BOARD)

    async def test_rollovers_asked_for_at_once_are_one(self, league: League, store: Store) -> None:
        await league.define(a_board())

        answers = await together(*(asked(league, leaderboardId=BOARD) for _ in range(10)))

        assert answers == answers[:1] * 10
        assert store["rollovers"].count_documents({}) == 1

    async def test_a_request_leaves_a_record(self, league: League) -> None:
        await league.define(a_board())
        (run,) = await asked(league, leaderboardId=BOARD)

        record = (await league.ask_admin("audit", leaderboardId=BOARD))["records"][0]

        assert (record["action"], record["actor"], record["details"]) == (
            "rollover.requested",
            account(0xA),
            {"runId": run["runId"], "cycle": 1},
        )


class TestFollowing:
    """Rollovers as they go on."""

    async def test_one_that_has_just_begun_has_done_nothing(self, league: League) -> None:
        await league.define(a_board(players=2))
        await league.scores(FIVE)
        (run,) = await asked(league, leaderboardId=BOARD)

        shown = await league.ask_admin(f"rollovers/{run['runId']}")

        assert (shown["state"], shown["step"], shown["finishedAt"]) == ("running", "lock", None)
        assert (shown["shards"], shown["steps"]) == ({"done": 0, "total": 3}, {})
        assert (shown["cycle"], shown["rulesVersion"], shown["requestedBy"]) == (1, 1, account(0xA))

    async def test_one_that_is_done_has_done_all_its_shards(self, league: League) -> None:
        await league.define(a_board(players=2))
        await league.scores(FIVE)
        run = await league.roll_over()

        shown = await league.ask_admin(f"rollovers/{run['_id']}")

        assert (shown["state"], shown["shards"]) == ("done", {"done": 3, "total": 3})

    async def test_finished_steps_come_with_their_times(self, league: League) -> None:
        await league.define(a_board())
        await league.scores(FIVE)
        run = await league.roll_over()

        shown = await league.ask_admin(f"rollovers/{run['_id']}")

        assert list(shown["steps"]) == [step.value for step in Step]
        assert shown["steps"]["reopen"]["finishedAt"] >= shown["steps"]["lock"]["finishedAt"]

    async def test_what_it_owes_is_counted(self, league: League, store: Store) -> None:
        await league.define(tiered({"rewards": rank_rewards(3)}))
        await league.scores(FIVE)
        run = await league.roll_over()
        store["grants"].update_one({"account_id": account(1)}, {"$set": {"status": "sent"}})

        shown = await league.ask_admin(f"rollovers/{run['_id']}")

        assert shown["grants"] == {"owed": 2, "sent": 1}

    async def test_the_list_shows_what_each_route_shows(self, league: League) -> None:
        await league.define(a_board("one"), a_board("two"))
        await league.scores(FIVE, "one")
        runs = [await league.roll_over("one"), await league.roll_over("two"), await league.roll_over("one")]

        listed = (await league.ask_admin("rollovers"))["runs"]

        alone = [await league.ask_admin(f"rollovers/{run['_id']}") for run in reversed(runs)]
        assert listed == alone

    async def test_the_list_of_one_leaderboard_is_its_own(self, league: League) -> None:
        await league.define(a_board("one"), a_board("two"))
        await league.roll_over("one")
        await league.roll_over("two")

        listed = (await league.ask_admin("rollovers", leaderboardId="two"))["runs"]

        assert [run["leaderboardId"] for run in listed] == ["two"]

    async def test_who_sees_it_done_finds_the_next_cycle(self, league: League) -> None:
        await league.define(a_board())
        run_id = await league.begin()
        await league.finish(run_id)

        await league.ask_admin(f"rollovers/{run_id}")

        assert (await league.view(1))["cycle"] == 2

    async def test_an_unknown_one_is_not_found(self, league: League) -> None:
        path = f"/leaderboard/admin/rollovers/{new_id()}"

        assert problem_of(await league.http.get(path, headers=league.admin())) == (404, "unknown-rollover")


class TestPlayingAgain:
    """Archives brought back."""

    async def test_an_archive_comes_back_with_its_final_scores(self, league: League, store: Store) -> None:
        await league.define(a_board())
        archive_id = await ended(league)

        answer = await replayed(league, archive_id)

        copied = store["entries"].find({"shard_id": answer["shardId"]})
        assert {int(entry["account_id"], 16): entry["score"] for entry in copied} == FIVE
        assert (answer["copied"], answer["leftOut"]) == (5, 0)

    async def test_it_is_rolled_over_like_any_shard(self, league: League) -> None:
        await league.define(tiered({"promotionRank": 1, "rewards": rank_rewards(2)}, {}))
        archive_id = await ended(league)
        answer = await replayed(league, archive_id)

        await league.finish(answer["runs"][0]["runId"])

        assert [archive["cycle"] for archive in league.archives()] == [1, 2]
        assert league.archived(answer["shardId"]) == league.archived(archive_id)
        assert league.grants() == {1: ["rank 2"] * 2, 2: ["rank 2"] * 2}
        assert (await league.enrollment(1))["archives"] == [answer["shardId"], archive_id]

    async def test_who_plays_in_the_running_cycle_is_left_out(self, league: League, store: Store) -> None:
        await league.define(a_board())
        archive_id = await ended(league)
        await league.score(1, 7)

        answer = await replayed(league, archive_id)

        assert (answer["copied"], answer["leftOut"]) == (4, 1)
        (kept,) = store["entries"].find({"account_id": account(1), "cycle": 2})
        assert kept["score"] == 7

    async def test_who_is_barred_is_left_out(self, league: League) -> None:
        await league.define(a_board())
        archive_id = await ended(league)
        await league.disqualify(2)

        assert (await replayed(league, archive_id))["leftOut"] == 1

    async def test_a_tier_that_is_gone_becomes_the_highest(self, league: League, store: Store) -> None:
        await league.define(a_board(tiers=3))
        await league.put(2, FIVE)
        await league.roll_over()
        (archive,) = [archive for archive in league.archives() if archive["tier"] == 2]
        await league.define(a_board(tiers=2))

        answer = await replayed(league, archive["_id"])

        shard = store["shards"].find_one({"_id": answer["shardId"]})
        assert shard is not None
        assert (shard["tier"], (await league.enrollment(1))["tier"]) == (1, 1)

    async def test_a_shard_takes_no_more_than_its_seats(self, league: League, store: Store) -> None:
        await league.define(a_board())
        archive_id = await ended(league)
        await league.define(a_board(players=3))

        answer = await replayed(league, archive_id)

        copied = store["entries"].find({"shard_id": answer["shardId"]})
        assert {int(entry["account_id"], 16) for entry in copied} == {1, 2, 3}
        assert (answer["copied"], answer["leftOut"]) == (3, 2)

    async def test_a_guild_shard_comes_back_for_its_guild(self, league: League, store: Store) -> None:
        await league.define(a_board())
        archive_id = await ended(league)
        in_guild = {"guild_id": GUILD}
        store["shards"].update_one({"_id": archive_id}, {"$set": in_guild})
        store["entries"].update_many({"shard_id": archive_id}, {"$set": in_guild})

        answer = await replayed(league, archive_id)

        (entry, *_) = store["entries"].find({"shard_id": answer["shardId"]})
        assert (entry["guild_id"], entry["_id"]) == (GUILD, f"{BOARD}/2/{GUILD}/{entry['account_id']}")
        assert (await league.enrollment(1))["guildId"] == GUILD

    async def test_many_batches_are_one_shard(
        self, league: League, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(replay, "COPIED_AT_ONCE", 2)
        await league.define(a_board())
        archive_id = await ended(league)

        answer = await replayed(league, archive_id)

        shard = store["shards"].find_one({"_id": answer["shardId"]})
        assert shard is not None
        assert (shard["seats"], answer["copied"]) == (5, 5)

    async def test_its_players_are_active(self, league: League) -> None:
        await league.define(a_board(tiers=2))
        await league.put(1, FIVE | {6: 0})
        await league.roll_over()
        (archive,) = [archive for archive in league.archives() if archive["tier"] == 1]
        answer = await replayed(league, archive["_id"])

        await league.finish(answer["runs"][0]["runId"])

        tiers = await league.tiers(1, 6)
        assert (tiers[1][0], tiers[6]) == (1, (0, DEMOTED))

    async def test_the_rank_index_has_it(self, league: League) -> None:
        await league.define(a_board())
        archive_id = await ended(league)
        answer = await replayed(league, archive_id)

        view = await league.view(3)

        assert (view["shardId"], [line["score"] for line in view["allScores"]]) == (
            answer["shardId"],
            [50, 40, 30, 20, 10],
        )

    async def test_twice_copies_nobody_twice(self, league: League, store: Store) -> None:
        await league.define(a_board())
        archive_id = await ended(league)

        answers = await together(
            *(league.do_admin("POST", "debugRollover", archiveId=archive_id) for _ in range(4))
        )

        assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
        assert store["entries"].count_documents({"cycle": 2}) == 5

    async def test_nothing_to_copy_is_a_conflict(self, league: League, store: Store) -> None:
        await league.define(a_board())
        archive_id = await ended(league)
        await league.scores(FIVE)
        before = fingerprint(store)

        answer = await league.do_admin("POST", "debugRollover", archiveId=archive_id)

        assert (problem_of(answer), fingerprint(store)) == ((409, "nothing-to-copy"), before)

    async def test_not_while_a_rollover_is_going_on(self, league: League) -> None:
        await league.define(a_board())
        archive_id = await ended(league)
        await league.begin()

        answer = await league.do_admin("POST", "debugRollover", archiveId=archive_id)

        assert problem_of(answer) == (409, "rollover-running")

    async def test_a_live_shard_is_no_archive(self, league: League) -> None:
        await league.define(a_board())
        shard_id = (await league.score(1, 5))["shardId"]

        answer = await league.do_admin("POST", "debugRollover", archiveId=shard_id)

        assert problem_of(answer) == (404, "unknown-archive")


class TestInProduction:
    """The same service where players are."""

    @pytest.fixture
    def settings(self, settings_for: SettingsFactory) -> Settings:
        return settings_for(environment="production")

    async def test_no_archive_is_played_again(self, league: League, store: Store) -> None:
        await league.define(board_b(BOARD))
        archive_id = await ended(league)
        before = fingerprint(store)

        answer = await league.do_admin("POST", "debugRollover", archiveId=archive_id)

        assert (problem_of(answer), fingerprint(store)) == ((403, "not-in-production"), before)
