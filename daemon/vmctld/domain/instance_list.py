"""Which instances somebody wants to see."""

from __future__ import annotations

from dataclasses import dataclass

from vmctld.domain.paging import Page


@dataclass(frozen=True, slots=True)
class InstanceListRequest:
    """One ``list``.  None and False: do not ask for it."""

    page: Page
    all_projects: bool = False
    status: str | None = None
    name: str | None = None
    host: str | None = None
    deleted: bool = False
    reservation_id: str | None = None
