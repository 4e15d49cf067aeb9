"""How things are named: what a name may be, what looks like an id, which one a reference means.

A thing is named by its id or by its name, everywhere.  Ids are UUIDs; upper case and missing
dashes are understood.  An id wins over a name that happens to look like one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol, TypeVar

from vmctld.errors import Conflict, Fact, InvalidRequest, NotFound

MAX_NAME_CHARS = 255  # nova's and the database's
LISTED_MATCHES = 20  # in an error; facts stay under 4 KiB

_UUID = re.compile(
    r"([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})", re.ASCII
)
_SEPARATORS = ",="  # of options such as --nic net-name=NAME,port-id=ID


class Named(Protocol):
    """Anything with an id and a name."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Named)


def looks_like_id(text: str) -> str | None:
    """Return the UUID in ``text`` in its usual form, or None when it is none."""
    match = _UUID.fullmatch(text.strip().lower())
    return "-".join(match.groups()) if match else None


def check_name(text: str, what: str) -> str:
    """Return ``text`` without blanks around it, fit to be the name of a ``what``.

    Raises InvalidRequest (``invalid-name``) when it is empty, longer than 255 characters,
    holds something unprintable, begins with a dash (it would read as an option) or holds a
    comma or an equals sign (they separate the parts of options).
    """
    name = text.strip()
    problem = _problem_with(name)
    if problem is None:
        return name
    raise InvalidRequest(
        f"the name of the {what} {problem}",
        code="invalid-name",
        hint=f"1 to {MAX_NAME_CHARS} printable characters, no leading dash, no comma, no '='",
        facts={"what": what, "characters": len(name)},
    )


def check_text(text: str, what: str, max_chars: int) -> str:
    """Return ``text`` without blanks around it, fit to be shown on one line; may be empty.

    Raises InvalidRequest (``invalid-text``) when it is too long or holds something
    unprintable.
    """
    line = text.strip()
    if len(line) <= max_chars and line.isprintable():
        return line
    raise InvalidRequest(
        f"the {what} has {len(line)} characters; it may be {max_chars} printable ones at most",
        code="invalid-text",
        facts={"what": what, "characters": len(line), "max_characters": max_chars},
    )


def only_match(candidates: Sequence[T], reference: str, what: str, *, hint: str = "") -> T:
    """Return the one of ``candidates`` that ``reference`` means: by id, else by name.

    ``what`` is the noun of the message and of the code.  Raises NotFound
    (``<what>-not-found``) and Conflict (``ambiguous-name``, with the matches as facts).
    """
    wanted_id = looks_like_id(reference)
    matches = [one for one in candidates if one.id == wanted_id]
    if not matches:
        matches = [one for one in candidates if one.name == reference.strip()]
    if len(matches) == 1:
        return matches[0]
    if not matches:
        raise not_found(reference, what, hint=hint)
    listed: list[Fact] = [{"id": one.id, "name": one.name} for one in matches[:LISTED_MATCHES]]
    raise Conflict(
        f"{len(matches)} {what}s are named {shown(reference)}",
        code="ambiguous-name",
        hint="name it by its id: " + " or ".join(one.id for one in matches[:3]),
        facts={"what": what, "count": len(matches), "matches": listed},
    )


def not_found(reference: str, what: str, *, hint: str = "") -> NotFound:
    """Return the error that says there is no ``what`` named ``reference``."""
    return NotFound(
        f"no {what} with the name or id {shown(reference)}",
        code=f"{what.replace(' ', '-')}-not-found",
        hint=hint,
        facts={"what": what, "reference": reference[:MAX_NAME_CHARS]},
    )


def shown(text: str) -> str:
    """Return ``text`` as a message may show it: quoted, printable, not endless."""
    return repr(text if len(text) <= MAX_NAME_CHARS else text[:MAX_NAME_CHARS] + "...")


def _problem_with(name: str) -> str | None:
    if not name:
        return "is empty"
    if len(name) > MAX_NAME_CHARS:
        return f"has {len(name)} characters, {MAX_NAME_CHARS} at most"
    if not name.isprintable():
        position = next(i for i, character in enumerate(name, 1) if not character.isprintable())
        return f"holds something unprintable at character {position}"
    if name.startswith("-"):
        return "begins with a dash"
    for separator in _SEPARATORS:
        if separator in name:
            return f"holds a {separator!r}"
    return None
