"""The daemon's log: structured lines on stderr, each with its request's id, none with a secret.

A call below the set level costs a tenth of a microsecond, so debug lines may stand on hot
paths.  What libraries say through ``logging`` comes out in the same form.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, Final, TextIO

import structlog
from structlog.types import EventDict, Processor

from vmctld.observe import context as request_context
from vmctld.observe.secrets import scrub

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
FORMATS: Final = ("logfmt", "json")

_DEBUG, _INFO, _WARNING, _ERROR = LEVELS.values()
_FIRST_KEYS = ["time", "level", "component", "event", "request_id"]


class Logger:
    """The voice of one part of the daemon.  ``facts`` are key and value pairs, not sentences."""

    __slots__ = ("_component",)
    threshold = _WARNING  # of all loggers; configure() sets it

    def __init__(self, component: str) -> None:
        self._component = component

    def debug(self, event: str, **facts: object) -> None:
        """Say what only somebody looking for a fault wants to know."""
        if self.threshold <= _DEBUG:
            self._write("debug", event, facts)

    def info(self, event: str, **facts: object) -> None:
        """Say that something happened that an operator may want to know later."""
        if self.threshold <= _INFO:
            self._write("info", event, facts)

    def warning(self, event: str, **facts: object) -> None:
        """Say that something is not as it should be, and that work goes on."""
        if self.threshold <= _WARNING:
            self._write("warning", event, facts)

    def error(self, event: str, cause: BaseException | None = None, **facts: object) -> None:
        """Say that something failed; with ``cause``, its traceback as well."""
        if cause is not None:
            facts["exc_info"] = cause
        self._write("error", event, facts)

    def _write(self, level: str, event: str, facts: dict[str, Any]) -> None:
        getattr(structlog.get_logger(component=self._component), level)(event, **facts)


def get_logger(component: str) -> Logger:
    """Return the logger of one part of the daemon: ``identity``, ``rpc``, ``agent`` ..."""
    return Logger(component)


def configure(level: str = "warning", form: str = "logfmt", stream: TextIO | None = None) -> None:
    """Write what is of ``level`` or graver to ``stream`` (default: stderr), as logfmt or JSON."""
    Logger.threshold = LEVELS[level]
    file = stream or _LateStderr()
    structlog.configure(
        processors=_processors(form),
        wrapper_class=structlog.BoundLogger,
        logger_factory=lambda *_: structlog.WriteLogger(file),  # type: ignore[arg-type]  # or late
        cache_logger_on_first_use=False,
    )
    _route_libraries(max(LEVELS[level], _WARNING))


def _processors(form: str) -> list[Processor]:
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _add_request_id,
        structlog.processors.format_exc_info,
        scrub,
    ]
    if form == "json":
        return [*shared, structlog.processors.JSONRenderer(default=str)]
    return [*shared, structlog.processors.LogfmtRenderer(key_order=_FIRST_KEYS, drop_missing=True)]


def _add_request_id(_logger: object, _method: str, event: EventDict) -> EventDict:
    if request_id := request_context.current().request_id:
        event.setdefault("request_id", request_id)
    return event


class _LateStderr:
    """Whatever ``sys.stderr`` is when a line is written: it may have been exchanged since."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


class _FromLibraries(logging.Handler):
    """Takes what libraries log."""

    def emit(self, record: logging.LogRecord) -> None:
        cause = record.exc_info[1] if record.exc_info else None
        logger = get_logger(record.name)
        if record.levelno >= _ERROR:
            logger.error(record.getMessage(), cause)
        else:
            logger.warning(record.getMessage())


def _route_libraries(level: int) -> None:
    root = logging.getLogger()
    for handler in [known for known in root.handlers if isinstance(known, _FromLibraries)]:
        root.removeHandler(handler)
    root.addHandler(_FromLibraries())
    root.setLevel(level)


configure()  # until the daemon says otherwise: warnings, on stderr
