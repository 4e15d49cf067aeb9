"""What admins change of a flavor: its words, its extra specs, who may use it.  Never its size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from vmctld.compute.flavors import Flavors, check_texts
from vmctld.domain.flavor import Flavor, FlavorAccess
from vmctld.domain.identity import Caller
from vmctld.domain.names import not_found, shown
from vmctld.domain.ownership import require_admin
from vmctld.errors import AlreadyExists, Conflict, NotFound
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import flavor_access, flavors, projects

Change = Callable[[Flavor], Flavor]
T = TypeVar("T")


class FlavorEdits:
    """Changes flavors; servers keep theirs as it was at their boot."""

    def __init__(self, database: Database, known: Flavors) -> None:
        self._database = database
        self._known = known

    def describe(self, caller: Caller, reference: str, description: str) -> Flavor:
        """Return the flavor with another description; an empty one takes it away."""
        return self._change(
            caller, reference, lambda flavor: replace(flavor, description=description or None)
        )

    def set_specs(self, caller: Caller, reference: str, specs: Mapping[str, str]) -> Flavor:
        """Return the flavor with these extra specs added, or changed."""
        return self._change(
            caller,
            reference,
            lambda flavor: replace(flavor, extra_specs={**flavor.extra_specs, **specs}),
        )

    def unset_specs(self, caller: Caller, reference: str, keys: Sequence[str]) -> Flavor:
        """Return the flavor without these extra specs; raises NotFound if one is not there."""

        def change(flavor: Flavor) -> Flavor:
            for key in keys:
                if key not in flavor.extra_specs:
                    raise NotFound(
                        f"Flavor {flavor.id} has no extra specs with key {shown(key)}.",
                        code="extra-spec-not-found",
                        hint="vmctl flavor-show lists them",
                    )
            left = {key: one for key, one in flavor.extra_specs.items() if key not in keys}
            return replace(flavor, extra_specs=left)

        return self._change(caller, reference, change)

    def access(self, caller: Caller, reference: str) -> Sequence[FlavorAccess]:
        """Return which projects may use a private flavor, sorted."""
        require_admin(caller, "see who may use a flavor")
        flavor = self._private(caller, reference)
        with self._database.read() as tx:
            return flavor_access.of_flavor(tx, flavor.id)

    def add_access(self, caller: Caller, reference: str, project: str) -> Sequence[FlavorAccess]:
        """Let a project use a private flavor; return which ones may now."""
        require_admin(caller, "say who may use a flavor")
        flavor = self._private(caller, reference)

        def add(tx: Tx) -> Sequence[FlavorAccess]:
            access = FlavorAccess(flavor.id, projects.find(tx, project).id)
            if not flavor_access.add(tx, access):
                raise AlreadyExists(
                    f"Flavor access already exists for flavor {access.flavor_id} "
                    f"and project {access.project_id} combination.",
                    code="flavor-access-exists",
                )
            return flavor_access.of_flavor(tx, flavor.id)

        return self._done(self._database.run(add))

    def remove_access(self, caller: Caller, reference: str, project: str) -> Sequence[FlavorAccess]:
        """Take a private flavor away from a project; return which ones are left."""
        require_admin(caller, "say who may use a flavor")
        flavor = self._private(caller, reference)

        def remove(tx: Tx) -> Sequence[FlavorAccess]:
            access = FlavorAccess(flavor.id, projects.find(tx, project).id)
            if not flavor_access.remove(tx, access):
                raise NotFound(
                    f"Flavor access not found for {access.flavor_id} / {access.project_id} "
                    "combination.",
                    code="flavor-access-not-found",
                    hint="vmctl flavor-access-list --flavor FLAVOR lists them",
                )
            return flavor_access.of_flavor(tx, flavor.id)

        return self._done(self._database.run(remove))

    def _private(self, caller: Caller, reference: str) -> Flavor:
        flavor = self._known.get_flavor(caller, reference)
        if flavor.is_public:
            raise Conflict(
                f"flavor {flavor.name} is public: every project may use it",
                code="flavor-public",
                hint="a private one is made by flavor-create --is-public false",
            )
        return flavor

    def _change(self, caller: Caller, reference: str, change: Change) -> Flavor:
        require_admin(caller, "change flavors")
        flavor_id = self._known.get_flavor(caller, reference).id

        def work(tx: Tx) -> Flavor:
            flavor = flavors.hold_flavor(tx, flavor_id)
            if flavor is None:
                raise not_found(reference, "flavor", hint="vmctl flavor-list shows what there is")
            changed = change(flavor)
            check_texts(changed)
            flavors.write_texts(tx, changed)
            return changed

        return self._done(self._database.run(work))

    def _done(self, result: T) -> T:
        self._known.forget()
        return result
