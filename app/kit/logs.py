"""Logs as events: one JSON object per line on stderr, from our code and from libraries alike."""

import logging
import sys
from typing import Any

import orjson
import structlog
from asgi_correlation_id.context import correlation_id
from structlog.typing import EventDict, Processor


def _with_request_id(_: Any, __: str, event: EventDict) -> EventDict:
    if (request_id := correlation_id.get()) is not None:
        event["request_id"] = request_id
    return event


#: Libraries that log every call or every tick as something to know.
CHATTY = ("arq.worker", "httpx")

_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    _with_request_id,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
)
# Without the variables of each frame: tokens and connection strings are among them.
_EXCEPTIONS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
)


def configure_logs(level: str) -> None:
    """Write events of this level and above; called once, before the first event."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*_SHARED, _EXCEPTIONS, _as_line],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_library_formatter())
    logging.basicConfig(handlers=[handler], level=max(threshold, logging.INFO), force=True)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(max(threshold, logging.WARNING))


def _library_formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_SHARED, structlog.stdlib.add_logger_name],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _EXCEPTIONS,
            _as_text,
        ],
    )


def _as_line(_: Any, __: str, event: Any) -> bytes:
    return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS)


def _as_text(logger: Any, name: str, event: Any) -> str:
    return _as_line(logger, name, event).decode()
