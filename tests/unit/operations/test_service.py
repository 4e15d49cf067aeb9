"""Who may audit and examine."""

from __future__ import annotations

import pytest
from vmctld.errors import Forbidden
from vmctld.operations.installation import Installation
from vmctld.operations.service import Operations

from tests.support.callers import a_caller, an_admin
from tests.support.planted import MENDED, Site


def test_an_admin_may_audit_and_repair(installation: Installation, site: Site) -> None:
    MENDED["stray-hold"](site)
    operations = Operations(installation)

    (finding,) = operations.audit(an_admin(), repair=True)

    assert finding.repaired
    assert operations.audit(an_admin(), repair=False) == ()


def test_an_admin_may_examine(installation: Installation) -> None:
    assert len(Operations(installation).diagnose(an_admin())) > 10


def test_nobody_else_may_do_either(installation: Installation) -> None:
    operations = Operations(installation)

    with pytest.raises(Forbidden):
        operations.audit(a_caller(), repair=True)
    with pytest.raises(Forbidden):
        operations.diagnose(a_caller())
