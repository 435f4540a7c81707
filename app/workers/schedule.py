"""When sweepers run. A tick nobody was alive for is not made up: the next one finds the same work."""

from arq import cron
from arq.cron import CronJob

from app.workers.archives import sweep_archives
from app.workers.earnings import tell_leaderboards
from app.workers.feeds import sweep_feeds
from app.workers.listening import clean_listening
from app.workers.livestream import sweep_follow_ups
from app.workers.push import send_pushes
from app.workers.ranks import measure_drift, sweep_boards, sweep_deleted, sweep_writers
from app.workers.rewards import deliver_grants, report_overdue_grants
from app.workers.rollover import sweep_rollovers
from app.workers.xp import count_littercoins, sweep_lines, sweep_xp_boards

EVERY_SECOND = set(range(60))
EVERY_TEN_SECONDS = set(range(0, 60, 10))
#: There is a board for every city and period: a sweep asks after all of them.
EVERY_HALF_MINUTE = {8, 38}

#: Seconds after which a task is given up; a killed worker hides its task for the longest of these + 10 s.
QUICK_S = 10
BUILD_S = 300


def cron_jobs() -> list[CronJob]:
    """The sweepers of every domain."""
    return [
        cron(sweep_writers, second=EVERY_SECOND, timeout=BUILD_S, keep_result=0),
        cron(sweep_boards, second=EVERY_TEN_SECONDS, timeout=BUILD_S, keep_result=0, run_at_startup=True),
        cron(sweep_rollovers, second=EVERY_SECOND, timeout=QUICK_S, keep_result=0),
        cron(deliver_grants, second=EVERY_SECOND, timeout=BUILD_S, keep_result=0),
        cron(sweep_follow_ups, second=EVERY_SECOND, timeout=QUICK_S, keep_result=0),
        cron(send_pushes, second=EVERY_SECOND, timeout=BUILD_S, keep_result=0),
        cron(sweep_lines, second=EVERY_SECOND, timeout=BUILD_S, keep_result=0),
        cron(sweep_xp_boards, second=EVERY_HALF_MINUTE, timeout=BUILD_S, keep_result=0, run_at_startup=True),
        cron(count_littercoins, second=EVERY_SECOND, timeout=QUICK_S, keep_result=0),
        cron(sweep_feeds, second=EVERY_SECOND, timeout=QUICK_S, keep_result=0),
        cron(tell_leaderboards, second=EVERY_SECOND, timeout=BUILD_S, keep_result=0),
        cron(report_overdue_grants, second={45}, timeout=QUICK_S, keep_result=0),
        cron(sweep_deleted, second={5}, timeout=BUILD_S, keep_result=0),
        cron(sweep_archives, second={35}, timeout=BUILD_S, keep_result=0),
        cron(clean_listening, minute={7}, second={20}, timeout=BUILD_S, keep_result=0),
        cron(measure_drift, second={30}, timeout=QUICK_S, keep_result=0),
    ]
