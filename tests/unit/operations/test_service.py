"""Who may audit and examine."""

from __future__ import annotations

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.living import INSTANCE, operations_of
from tests.support.planted import MENDED, Site
from vmctld.domain.paging import Page
from vmctld.errors import Forbidden
from vmctld.operations.installation import Installation


def test_an_admin_may_audit_and_repair(installation: Installation, site: Site) -> None:
    MENDED["stray-hold"](site)
    operations = operations_of(installation)

    (finding,) = operations.audit(an_admin(), repair=True)

    assert finding.repaired
    assert operations.audit(an_admin(), repair=False) == ()


def test_an_admin_may_examine(installation: Installation) -> None:
    assert len(operations_of(installation).diagnose(an_admin())) > 10


def test_nobody_else_may_do_any_of_it(installation: Installation) -> None:
    operations = operations_of(installation)

    with pytest.raises(Forbidden):
        operations.audit(a_caller(), repair=True)
    with pytest.raises(Forbidden):
        operations.diagnose(a_caller())
    with pytest.raises(Forbidden):
        operations.dead_letters(a_caller(), Page())
    with pytest.raises(Forbidden):
        operations.replay_dead_letter(a_caller(), INSTANCE)
    with pytest.raises(Forbidden):
        operations.delete_dead_letter(a_caller(), INSTANCE)
