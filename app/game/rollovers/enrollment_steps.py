"""The steps of a rollover that go over all enrollments: idle players, the end of a season."""

from app.aggregations.rewards import Giving, reward_season
from app.aggregations.settlement import SeasonEnd, Update, demote_idle, finish_season, settle_others
from app.game.disqualifications import read_barred
from app.game.documents import EnrollmentDocument
from app.game.rollovers.granting import owe
from app.game.rollovers.mail import message_of
from app.game.rollovers.runs import Run


async def settle_enrollments(run: Run) -> None:
    """Demote whoever did not score; everybody else who was not moved by rank stays."""
    await _update(demote_idle(run.leaderboard_id, run.cycle))
    await _update(settle_others(run.leaderboard_id, run.cycle))


async def end_season(run: Run) -> None:
    """If this was the season's last rollover: owe the seasonal rewards, then drop tiers and start anew."""
    if not run.ends_season:
        return
    end = _season_end(run)
    giving = Giving(run.leaderboard_id, run.run_id, run.started_at)
    barred = await read_barred(run.leaderboard_id)
    await owe(EnrollmentDocument, reward_season(end, giving, without=barred))
    await _update(finish_season(run.leaderboard_id, end))


def _season_end(run: Run) -> SeasonEnd:
    tiers = range(run.definition.tier_count)
    rewards = [run.definition.rule(tier).seasonal_reward for tier in tiers]
    return SeasonEnd(
        cycle=run.cycle,
        # With seasons every tier has its reward: no definition without it is accepted.
        messages=[message_of(reward, run.started_at) for reward in rewards if reward is not None],
        tiers_after=[run.definition.tier_after_season(tier) for tier in tiers],
    )


async def _update(update: Update) -> None:
    wanted, changes = update
    await EnrollmentDocument.get_motor_collection().update_many(wanted, changes)
