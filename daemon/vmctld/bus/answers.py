"""Errors as answers: what a failed ``call`` sends back, and what the caller raises of it."""

from __future__ import annotations

from typing import Any

from vmctld import errors
from vmctld.errors import Internal, VmctlError

_CLASSES: dict[str, type[VmctlError]] = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, VmctlError)
}


def as_ours(error: BaseException) -> VmctlError:
    """Return ``error`` if it is one that callers may see, else an Internal that hides it.

    What a foreign exception says may hold a path or a secret: it stays in the log.
    """
    if isinstance(error, VmctlError):
        return error
    return Internal(
        "A part of the daemon failed unexpectedly.",
        hint="The daemon's log has the cause under the request id.",
        facts={"error": type(error).__name__},
    )


def error_to_dict(error: VmctlError) -> dict[str, Any]:
    """Return ``error`` as plain JSON values; a subclass travels as the class of ours it is."""
    kind = next(base for base in type(error).__mro__ if _CLASSES.get(base.__name__) is base)
    return {
        "class": kind.__name__,
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "facts": error.facts,
    }


def error_from_dict(answer: Any) -> VmctlError:
    """Return the error that ``error_to_dict`` described, as the same class and code."""
    if type(answer) is not dict:
        return _unreadable()
    kind = _CLASSES.get(str(answer.get("class")), Internal)
    texts = (answer.get("message"), answer.get("code"), answer.get("hint"))
    facts = answer.get("facts")
    if not all(type(text) is str for text in texts) or type(facts) is not dict:
        return _unreadable()
    message, code, hint = map(str, texts)
    return kind(message, code=code, hint=hint, facts=facts)


def _unreadable() -> VmctlError:
    return Internal("The answer to a call is an error that cannot be read.")
