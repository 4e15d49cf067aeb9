"""What operators may ask: an audit, a diagnosis."""

from __future__ import annotations

from vmctld.domain.identity import Caller
from vmctld.domain.operations import Diagnosis, Finding
from vmctld.domain.ownership import require_admin
from vmctld.operations.audit import Auditor
from vmctld.operations.doctor import Doctor
from vmctld.operations.installation import Installation


class Operations:
    """The operators' tools for one installation."""

    def __init__(self, installation: Installation) -> None:
        self._auditor = Auditor(installation)
        self._doctor = Doctor(installation)

    def audit(self, caller: Caller, *, repair: bool, deep: bool = False) -> tuple[Finding, ...]:
        """Return what is wrong, with ``repair`` mended where that is safe.  Raises Forbidden."""
        require_admin(caller, "audit the installation")
        return self._auditor.audit(repair=repair, deep=deep)

    def diagnose(self, caller: Caller) -> tuple[Diagnosis, ...]:
        """Return what every examination showed.  Raises Forbidden."""
        require_admin(caller, "examine the installation")
        return self._doctor.examine()
