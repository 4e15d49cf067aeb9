"""The daemon's log: structured lines on stderr, each with its request's id, none with a secret.

Modules log through ``structlog.get_logger(__name__)``: an event in words, facts as key and
value.  What libraries say through ``logging`` comes out in the same form.
"""

from __future__ import annotations

import logging
import sys
from typing import Final, Protocol

import structlog
from structlog.types import EventDict, Processor

from vmctld.observe import context as request_context
from vmctld.observe.secrets import scrub

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}

_FIRST_KEYS = ["time", "level", "component", "event", "request_id"]
_level = LEVELS["warning"]


class Stream(Protocol):
    """Where lines go."""

    def write(self, text: str, /) -> object:
        """Write ``text``."""
        ...

    def flush(self) -> None:
        """Hand over what was written."""
        ...


def configure(level: str = "warning", form: str = "logfmt", stream: Stream | None = None) -> None:
    """Write what is of ``level`` or graver to ``stream`` (default: stderr), as logfmt or JSON."""
    global _level
    _level = LEVELS[level]
    sink = stream or _LateStderr()
    structlog.configure(
        processors=_processors(form),
        wrapper_class=structlog.make_filtering_bound_logger(_level),
        logger_factory=lambda name="": _Writer(name, sink),
        # A cached logger would not hear of a later configuration
        cache_logger_on_first_use=False,
    )
    _route_libraries(max(_level, LEVELS["warning"]))


def is_debugging() -> bool:
    """Return true when debug lines are written: hot paths ask before they put one together."""
    return _level <= LEVELS["debug"]


class _Writer:
    """Writes whole lines on behalf of one module."""

    def __init__(self, name: str, sink: Stream) -> None:
        self.component = name.removeprefix("vmctld.")
        self._sink = sink

    def _write(self, line: str) -> None:
        self._sink.write(f"{line}\n")  # in one piece, so that threads do not mix their lines
        self._sink.flush()

    debug = info = warning = error = _write


class _LateStderr:
    """Whatever ``sys.stderr`` is when a line is written: it may have been exchanged since."""

    def write(self, text: str, /) -> object:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def _processors(form: str) -> list[Processor]:
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _add_origin,
        structlog.processors.format_exc_info,
        scrub,
    ]
    if form == "json":
        return [*shared, structlog.processors.JSONRenderer(default=str)]
    renderer = structlog.processors.LogfmtRenderer(key_order=_FIRST_KEYS, drop_missing=True)
    return [*shared, renderer]


def _add_origin(logger: _Writer, _method: str, event: EventDict) -> EventDict:
    """Add which module speaks, on behalf of which request."""
    event.setdefault("component", logger.component)
    if request_id := request_context.current().request_id:
        event.setdefault("request_id", request_id)
    return event


class _FromLibraries(logging.Handler):
    """Takes what libraries log."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger(record.name)
        say = logger.error if record.levelno >= LEVELS["error"] else logger.warning
        say(record.getMessage(), exc_info=record.exc_info)


def _route_libraries(level: int) -> None:
    root = logging.getLogger()
    for handler in [known for known in root.handlers if isinstance(known, _FromLibraries)]:
        root.removeHandler(handler)
    root.addHandler(_FromLibraries())
    root.setLevel(level)


configure()  # until the daemon says otherwise: warnings, on stderr
