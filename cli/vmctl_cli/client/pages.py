"""Long lists come in pages; this goes through all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from vmctl.v1.common_pb2 import Page

PAGE_SIZE = 1000  # the largest that the daemon gives
Message = TypeVar("Message")


def all_of(
    fetch: Callable[[Page], Sequence[Message]],
    marker_of: Callable[[Message], str],
    *,
    limit: int | None = None,
    marker: str = "",
) -> Iterator[Message]:
    """Yield what ``fetch`` gives, page after page, at most ``limit`` of them."""
    left = limit
    while left is None or left > 0:
        size = PAGE_SIZE if left is None else min(left, PAGE_SIZE)
        page = fetch(Page(limit=size, marker=marker))
        yield from page
        if len(page) < size:
            return
        marker = marker_of(page[-1])
        left = None if left is None else left - size
