"""One look of one check, and rows to be looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from sqlalchemy import update

from tests.support.living import INSTANCE
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.audit.world import World
from vmctld.operations.installation import Installation
from vmctld.storage.columns import core
from vmctld.storage.tables.compute import InstanceRow

Look = Callable[..., list[Suspect]]
Change = Callable[..., None]


@pytest.fixture
def look(installation: Installation) -> Look:
    """Return what a check suspects in the installation as it is."""

    def look(
        check: Callable[[World], Iterable[Suspect]],
        at: Installation = installation,
        *,
        deep: bool = False,
    ) -> list[Suspect]:
        with at.database.read() as tx:
            return list(check(World(tx, at, deep=deep)))

    return look


@pytest.fixture
def mend(installation: Installation) -> Callable[[Suspect], None]:
    """Cure one suspect."""

    def mend(suspect: Suspect) -> None:
        if suspect.mend is not None:
            with installation.database.write() as tx:
                suspect.mend(tx)
        if suspect.afterwards is not None:
            suspect.afterwards()

    return mend


@pytest.fixture
def change_instance(installation: Installation) -> Change:
    """Change columns of the instance that owns one of everything."""

    def change(**values: object) -> None:
        table = core(InstanceRow)
        with installation.database.write() as tx:
            tx.execute(update(table).where(table.c.id == INSTANCE).values(**values))

    return change
