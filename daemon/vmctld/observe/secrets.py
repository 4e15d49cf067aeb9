"""Takes secrets out of what is about to be logged."""

from __future__ import annotations

import re
from typing import Any

from structlog.types import EventDict

SCRUBBED = "[scrubbed]"

_SECRET_KEY = re.compile(r"token$|password|secret|user_data|private_key|authorization", re.I)
# A token of a user, a build or a service, wherever it got into a text: a traceback, say
_TOKEN = re.compile(r"vm[tbs]_[\w-]{8,}")


def scrub(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Return the event without what its keys say is secret, and without tokens anywhere."""
    return {str(key): _value(str(key), value) for key, value in event.items()}


def _value(key: str, value: Any) -> Any:
    return SCRUBBED if _SECRET_KEY.search(key) else without_tokens(value)


def without_tokens(value: Any) -> Any:
    """Return ``value`` with every token in it replaced, however deep it lies."""
    if isinstance(value, str):
        return _TOKEN.sub(SCRUBBED, value)
    if isinstance(value, dict):
        return {str(key): _value(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [without_tokens(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _TOKEN.sub(SCRUBBED, str(value))
