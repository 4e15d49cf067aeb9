"""Questions about instances: one, many, what was done with them, and watching one change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from vmctld.compute.api.listing import filter_of, order_of
from vmctld.compute.api.recorded import recorded_actions
from vmctld.compute.api.trace import news_of, trace_of
from vmctld.compute.api.watch import Watchers
from vmctld.domain.host import HostState
from vmctld.domain.identity import Caller
from vmctld.domain.instance import Instance, VmState
from vmctld.domain.instance_list import BriefInstance, InstanceListRequest
from vmctld.domain.names import looks_like_id, not_found, only_match, shown
from vmctld.domain.paging import Page
from vmctld.domain.placement import Decision
from vmctld.domain.recorded import RecordedAction
from vmctld.domain.trace import Progress, Trace
from vmctld.errors import NotFound
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import (
    actions,
    decisions,
    host_rules,
    hosts,
    instance_pages,
    instances,
    journal,
)
from vmctld.storage.repositories.instance_pages import InstanceFilter, Part

T = TypeVar("T", Instance, BriefInstance)

WATCH_LOOKS_EVERY_S = 30.0  # in case the news of a change was lost on its way

NOUN = "server"  # what nova's users call it


class Instances:
    """Answers.  What another project owns does not exist for those who are not admins."""

    def __init__(self, database: Database, watchers: Watchers) -> None:
        self._database = database
        self._watchers = watchers

    def get(self, caller: Caller, reference: str, *, all_projects: bool = False) -> Instance:
        """Return the instance of that id (deleted or not) or name (living ones only).

        Raises NotFound, Conflict (ambiguous).
        """
        with self._database.look() as tx:
            return find(tx, caller, reference, all_projects=all_projects)

    def shown(self, caller: Caller, reference: str) -> Instance:
        """Return the same, with the zone that it is in where its user asked for none."""
        with self._database.read() as tx:
            found = find(tx, caller, reference)
            if found.host is None or found.availability_zone is not None:
                return found
            return replace(found, availability_zone=host_rules.zone_if_known(tx, found.host))

    def page(
        self, caller: Caller, request: InstanceListRequest
    ) -> tuple[list[Instance], str | None]:
        """Return a page of instances and the next page's marker.

        Raises NotFound for an unknown marker, and what ``filter_of`` and ``order_of`` raise.
        """
        return self._page(caller, request, instance_pages.page)

    def brief_page(
        self, caller: Caller, request: InstanceListRequest
    ) -> tuple[list[BriefInstance], str | None]:
        """Return the same, with no more than a table shows of each."""
        return self._page(caller, request, instance_pages.brief_page)

    def _page(
        self,
        caller: Caller,
        request: InstanceListRequest,
        read: Callable[[Tx, InstanceFilter, Part], list[T]],
    ) -> tuple[list[T], str | None]:
        limit, marker = request.page.limit, request.page.marker
        order = order_of(request)
        with self._database.read() as tx:
            wanted = filter_of(tx, caller, request)
            if marker:
                marker = _marker(tx, caller, marker).id
            found = read(tx, wanted, Part(limit + 1, marker or None, order))
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    def trace(self, caller: Caller, reference: str) -> Trace:
        """Return the steps of the instance's boot, all attempts."""
        with self._database.read() as tx:
            instance = find(tx, caller, reference)
            return trace_of(instance, journal.of_instance(tx, instance.id, "boot"))

    def explain(self, caller: Caller, reference: str) -> Decision:
        """Return the scheduler's last decision; raises NotFound when there is none yet."""
        with self._database.read() as tx:
            instance = find(tx, caller, reference)
            decision = decisions.last(tx, instance.id)
        if decision is None:
            raise NotFound(
                f"no scheduling decision for {instance.id} yet",
                code="decision-not-found",
                hint="try again when it has left the scheduler's queue",
            )
        return decision

    def actions(self, caller: Caller, reference: str) -> list[RecordedAction]:
        """Return what was asked of the instance, newest first, with what was done for it."""
        with self._database.read() as tx:
            instance = find(tx, caller, reference)
            asked = actions.of_instance(tx, instance.id)
            done = journal.everything_of(tx, instance.id)
        return recorded_actions(instance, asked, done, show_hosts=caller.is_admin)

    def action(self, caller: Caller, reference: str, request_id: str) -> RecordedAction:
        """Return one of them, by the id of its request; raises NotFound."""
        for recorded in self.actions(caller, reference):
            if recorded.action.request_id == request_id:
                return recorded
        raise NotFound(
            f"Action for request_id {_on_one_line(request_id)} not found.",  # nova's words
            code="action-not-found",
            hint="vmctl instance-action-list shows the request ids",
        )

    def hosts(self, page: Page) -> Sequence[HostState]:
        """Return a page of hosts, sorted by name."""
        with self._database.read() as tx:
            everything = hosts.everything(tx)
        after = [h for h in everything if page.marker is None or h.name > page.marker]
        return after[: page.limit]

    def watch(
        self,
        caller: Caller,
        reference: str,
        *,
        with_steps: bool,
        until_deleted: bool,
        is_wanted: Callable[[], bool],
        on_end: Callable[[Callable[[], None]], object],
    ) -> Iterator[Progress]:
        """Yield the instance now and at every change, until it has settled or is gone.

        ``is_wanted`` says whether somebody still listens; ``on_end`` takes a callback that
        wakes this up when nobody does any more.
        """
        instance = self.get(caller, reference, all_projects=caller.is_admin)
        told: set[tuple[int, int]] = set()
        with self._watchers.watch(instance.id) as changed:
            on_end(changed.set)
            while is_wanted():
                changed.clear()
                progress = self._look(instance.id, with_steps, told)
                yield progress
                if _is_over(progress.instance, until_deleted):
                    return
                changed.wait(WATCH_LOOKS_EVERY_S)

    def _look(self, instance_id: str, with_steps: bool, told: set[tuple[int, int]]) -> Progress:
        with self._database.read() as tx:
            instance = instances.get(tx, instance_id)
            entries = journal.of_instance(tx, instance_id, "boot") if with_steps else []
        if instance is None:
            raise not_found(instance_id, NOUN)
        return news_of(instance, entries, told)


def find(tx: Tx, caller: Caller, reference: str, *, all_projects: bool = False) -> Instance:
    """Return the one instance that ``reference`` means for ``caller``.

    An id wins; admins find those of all projects by id, by name only when they say so.
    """
    instance_id = looks_like_id(reference)
    if instance_id is not None:
        instance = instances.get(tx, instance_id)
        if instance and (caller.is_admin or instance.project_id == caller.project_id):
            return instance
    project_id = None if all_projects and caller.is_admin else caller.project_id
    named = instances.named(tx, project_id, reference.strip())
    return only_match(named, reference, NOUN, hint="vmctl list shows what there is")


def _marker(tx: Tx, caller: Caller, marker: str) -> Instance:
    instance = instances.get(tx, marker)
    if instance and (caller.is_admin or instance.project_id == caller.project_id):
        return instance
    raise NotFound(f"marker [{_on_one_line(marker)}] not found", code="marker-not-found")


def _on_one_line(text: str) -> str:
    return shown(text)[1:-1]  # nova's words have their own quotes, or none


def _is_over(instance: Instance, until_deleted: bool) -> bool:
    if instance.vm_state is VmState.DELETED:
        return True
    is_kept = instance.vm_state is VmState.SOFT_DELETED  # deleted, as far as a user can tell
    return instance.has_settled and (is_kept or not until_deleted)
