"""Which copies of images the hosts still need: their caches ask now and then."""

from __future__ import annotations

from sqlalchemy import select

from vmctld.bus.base import Delivery
from vmctld.compute import messages as m
from vmctld.domain.instance import VmState
from vmctld.storage.columns import core
from vmctld.storage.database import Database
from vmctld.storage.repositories import images
from vmctld.storage.tables.compute import InstanceRow

_I = core(InstanceRow).c
_LIVING = select(_I.id).where(_I.vm_state != VmState.DELETED.value)


class Copies:
    """What the conductor does for the hosts' caches."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def wanted(self, message: m.WantedCopies, host: str, _delivery: Delivery) -> m.CopiesWanted:
        """Return the instances that live, on whatever host, and the images that there are.

        An instance may be on its way to the host that asks: the living ones of all hosts count.
        """
        with self._database.read() as tx:
            living = tuple(tx.execute(_LIVING).scalars())
            return m.CopiesWanted(living, tuple(sorted(images.digests(tx))))
