"""Flavors: the sizes that instances can have, kept in memory for the boot path."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from vmctld.domain.clock import Clock
from vmctld.domain.flavor import FIRST_FLAVORS, Flavor, FlavorAccess
from vmctld.domain.identity import Caller
from vmctld.domain.names import check_name, not_found, shown
from vmctld.domain.ownership import require_admin
from vmctld.domain.paging import Page
from vmctld.errors import AlreadyExists, InvalidRequest, NotSupported
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import flavor_access, flavors, milestones

LIFETIME_S = 2.0  # how long another process's change may stay unseen
MAX_AMOUNT = 2**31 - 1  # nova's, and the column's
MAX_TEXT_CHARS = 255
MAX_EXTRA_SPECS = 128  # as many as a server may have metadata

# nova's rule for ids, but for a dash in front, which would read as an option
_ID = re.compile(r"(?![ -])[a-zA-Z0-9. _-]{1,255}(?<! )", re.ASCII)
_SPEC_KEY = re.compile(r"[a-zA-Z0-9:_. -]{1,255}", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Catalogue:
    by_id: dict[str, Flavor]
    by_name: dict[str, Flavor]
    access: frozenset[FlavorAccess]
    until_s: float

    def shows(self, flavor: Flavor, caller: Caller) -> bool:
        """Tell whether ``caller`` may see and use ``flavor``."""
        if flavor.is_public or caller.is_admin:
            return True
        return FlavorAccess(flavor.id, caller.project_id) in self.access


class Flavors:
    """Rules for flavors: all see the public ones and those given to them, admins see all."""

    def __init__(self, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._kept: _Catalogue | None = None

    def get_flavor(self, caller: Caller, reference: str) -> Flavor:
        """Return the flavor of that id or, else, that name.  Raises NotFound."""
        reference = reference.strip()
        catalogue = self._catalogue()
        found = catalogue.by_id.get(reference) or catalogue.by_name.get(reference)
        if found is None or not catalogue.shows(found, caller):
            raise not_found(reference, "flavor", hint="vmctl flavor-list shows what there is")
        return found

    def list_flavors(
        self, caller: Caller, page: Page, *, min_ram_mib: int = 0, min_disk_gib: int = 0
    ) -> Sequence[Flavor]:
        """Return a page, sorted by id, of those that are at least so large."""
        catalogue = self._catalogue()
        fitting = [
            flavor
            for flavor in catalogue.by_id.values()
            if catalogue.shows(flavor, caller)
            and flavor.ram_mib >= min_ram_mib
            and flavor.disk_gib >= min_disk_gib
            and (page.marker is None or flavor.id > page.marker)
        ]
        return fitting[: page.limit]

    def create_flavor(self, caller: Caller, flavor: Flavor) -> Flavor:
        """Return a new flavor; an empty id or "auto" draws a UUID.

        Raises Forbidden, InvalidRequest, NotSupported, AlreadyExists.
        """
        require_admin(caller, "make flavors")
        flavor = _checked(flavor)
        self._database.run(lambda tx: self._insert(tx, flavor))
        self.forget()
        return flavor

    def delete_flavor(self, caller: Caller, reference: str) -> None:
        """Delete one; instances keep the size they have.  Raises Forbidden, NotFound."""
        require_admin(caller, "delete flavors")
        flavor = self.get_flavor(caller, reference)
        gone = self._database.run(lambda tx: _delete(tx, flavor.id))
        self.forget()
        if not gone:
            raise not_found(reference, "flavor", hint="vmctl flavor-list shows what there is")

    def forget(self) -> None:
        """Look again at the next question: something was changed."""
        self._kept = None

    def _insert(self, tx: Tx, flavor: Flavor) -> None:
        _check_meant_alone(flavor, flavors.all_flavors(tx))
        if flavors.insert_flavor(tx, flavor):
            return
        same_id = any(other.id == flavor.id for other in flavors.all_flavors(tx))
        what, value = ("ID", flavor.id) if same_id else ("name", flavor.name)
        raise AlreadyExists(
            f"Flavor with {what} {value} already exists.",  # nova's words
            code="flavor-exists",
            facts={"id": flavor.id, "name": flavor.name},
        )

    def _catalogue(self) -> _Catalogue:
        now_s = self._monotonic()
        kept = self._kept
        if kept is not None and now_s < kept.until_s:
            return kept
        with self._database.read() as tx:
            found = flavors.all_flavors(tx)
            access = frozenset(flavor_access.everything(tx))
        by_id = {flavor.id: flavor for flavor in sorted(found, key=lambda one: one.id)}
        by_name = {flavor.name: flavor for flavor in found}
        kept = _Catalogue(by_id, by_name, access, now_s + LIFETIME_S)
        self._kept = kept
        return kept


def ensure_first_flavors(database: Database, clock: Clock) -> None:
    """Make the flavors of a first start, once: deleted ones stay away."""

    def ensure(tx: Tx) -> None:
        if milestones.reach(tx, "first-flavors", clock()):
            for flavor in FIRST_FLAVORS:
                flavors.insert_flavor(tx, flavor)

    database.run(ensure)


def _delete(tx: Tx, flavor_id: str) -> bool:
    flavor_access.forget_flavor(tx, flavor_id)
    return flavors.delete_flavor(tx, flavor_id)


def _check_meant_alone(flavor: Flavor, others: Sequence[Flavor]) -> None:
    """Raise when one's id would be another's name: whoever says it could mean either."""
    for other in others:
        if other.id == flavor.id or other.name == flavor.name:
            continue  # told in nova's words
        if other.name == flavor.id or other.id == flavor.name:
            word, what = (flavor.id, "name") if other.name == flavor.id else (flavor.name, "id")
            raise AlreadyExists(
                f"{shown(word)} is the {what} of another flavor: it would mean both",
                code="flavor-exists",
                facts={"id": other.id, "name": other.name},
            )


def _checked(flavor: Flavor) -> Flavor:
    flavor_id = flavor.id or "auto"
    if not _ID.fullmatch(flavor_id):
        raise _invalid(
            f"{shown(flavor_id[:64])} is no flavor id",
            "letters, digits, '.', '_', '-', blanks; no dash first",
        )
    for what, amount, least in (
        ("vcpus", flavor.vcpus, 1),
        ("ram_mib", flavor.ram_mib, 1),
        ("disk_gib", flavor.disk_gib, 0),
    ):
        if not least <= amount <= MAX_AMOUNT:
            raise _invalid(f"{what} cannot be {amount}", f"{least} to {MAX_AMOUNT}")
    if flavor.ephemeral_gib or flavor.swap_mib:
        raise NotSupported(
            "flavors with ephemeral or swap disks are not supported",
            hint="attach a volume instead",
        )
    check_texts(flavor)
    return replace(
        flavor,
        id=str(uuid.uuid4()) if flavor_id == "auto" else flavor_id,
        name=check_name(flavor.name, "flavor"),
    )


def check_texts(flavor: Flavor) -> None:
    """Raise InvalidRequest unless description and extra specs can be kept and shown."""
    description = flavor.description or ""
    if len(description) > MAX_TEXT_CHARS or not description.isprintable():
        raise _invalid("the description is unfit", f"{MAX_TEXT_CHARS} printable characters at most")
    if len(flavor.extra_specs) > MAX_EXTRA_SPECS:
        raise _invalid(f"{len(flavor.extra_specs)} extra specs", f"{MAX_EXTRA_SPECS} at most")
    for key, value in flavor.extra_specs.items():
        if not _SPEC_KEY.fullmatch(key) or len(value) > MAX_TEXT_CHARS or not value.isprintable():
            raise _invalid(
                f"the extra spec {shown(key[:64])} is unfit",
                f"keys of letters, digits and ':_. -', values of {MAX_TEXT_CHARS} characters",
            )


def _invalid(message: str, hint: str) -> InvalidRequest:
    return InvalidRequest(message, code="invalid-flavor", hint=hint)
