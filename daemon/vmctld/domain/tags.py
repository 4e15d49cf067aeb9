"""Tags: short words that servers are found by.  Nova's rules and limits."""

from __future__ import annotations

from collections.abc import Iterable

from vmctld.domain.names import shown
from vmctld.errors import InvalidRequest

MAX_TAGS = 50
MAX_TAG_CHARS = 60
_SEPARATORS = "/,"  # of paths and of lists of tags


def checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return ``tags`` sorted, each once.

    Raises InvalidRequest (``invalid-tag``, ``too-many-tags``).
    """
    found = tuple(sorted(set(tags)))
    for tag in found:
        if not tag or tag != tag.strip() or not tag.isprintable() or set(tag) & set(_SEPARATORS):
            raise _invalid(f"Tag {shown(tag)} is invalid: it must be printable, without / and ,")
        if len(tag) > MAX_TAG_CHARS:
            raise _invalid(f"Tag {shown(tag)} is too long, maximum length is {MAX_TAG_CHARS}")
    if len(found) > MAX_TAGS:
        raise InvalidRequest(
            f"The number of tags, {len(found)}, exceeded the per-server limit {MAX_TAGS}",
            code="too-many-tags",
            hint="take some away first: vmctl server-tag-delete",
            facts={"tags": len(found), "max_tags": MAX_TAGS},
        )
    return found


def _invalid(message: str) -> InvalidRequest:
    hint = f"1 to {MAX_TAG_CHARS} characters, for instance: web"
    return InvalidRequest(message, code="invalid-tag", hint=hint)
