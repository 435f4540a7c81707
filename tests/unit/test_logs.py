"""What a log line is, and what never stands in it."""

import json
import subprocess
import sys

SCRIPT = """
import logging
import structlog
from asgi_correlation_id.context import correlation_id
from app.kit.logs import configure_logs

configure_logs("info")
correlation_id.set("order-12345678")
log = structlog.get_logger()
log.debug("not.written")
log.info("written", shard="s1", players=3, odd={1: {2}})
logging.getLogger("library").warning("said %s", "this")
def fail(token):
    raise ValueError("what went wrong")
try:
    fail("a-secret-token")
except ValueError:
    log.exception("failed")
"""


def lines() -> list[dict[str, object]]:
    """What a process writes."""
    written = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in written.stderr.splitlines()]


def test_events_and_library_messages_are_json_lines() -> None:
    assert [line["event"] for line in lines()] == ["written", "said this", "failed"]


def test_every_line_names_its_request() -> None:
    assert {line["request_id"] for line in lines()} == {"order-12345678"}


def test_a_failure_is_logged_without_the_variables_around_it() -> None:
    failed = json.dumps(lines()[-1])

    assert "what went wrong" in failed
    assert "a-secret-token" not in failed
