"""What operators may ask: an audit, a diagnosis, and what became of messages that died."""

from __future__ import annotations

from collections.abc import Sequence

from vmctld.domain.identity import Caller
from vmctld.domain.operations import Diagnosis, Finding, KeptLetter
from vmctld.domain.ownership import require_admin
from vmctld.domain.paging import Page
from vmctld.operations.audit import Auditor
from vmctld.operations.doctor import Doctor
from vmctld.operations.installation import Installation
from vmctld.operations.letters import Letters


class Operations:
    """The operators' tools for one installation."""

    def __init__(self, installation: Installation, letters: Letters) -> None:
        self.letters = letters
        self._auditor = Auditor(installation)
        self._doctor = Doctor(installation)

    def audit(self, caller: Caller, *, repair: bool, deep: bool = False) -> tuple[Finding, ...]:
        """Return what is wrong, with ``repair`` mended where that is safe.  Raises Forbidden."""
        require_admin(caller, "audit the installation")
        return self._auditor.audit(repair=repair, deep=deep)

    def unseen_hosts(self, caller: Caller) -> tuple[str, ...]:
        """Return the hosts that an audit from here does not see into.  Raises Forbidden."""
        require_admin(caller, "audit the installation")
        return self._auditor.unseen_hosts()

    def diagnose(self, caller: Caller) -> tuple[Diagnosis, ...]:
        """Return what every examination showed.  Raises Forbidden."""
        require_admin(caller, "examine the installation")
        return self._doctor.examine()

    def dead_letters(self, caller: Caller, page: Page) -> Sequence[KeptLetter]:
        """Return a page of the dead letters, oldest first.  Raises Forbidden."""
        require_admin(caller, "read dead letters")
        return self.letters.page(page)

    def replay_dead_letter(self, caller: Caller, letter_id: str) -> KeptLetter:
        """Send a dead letter's message again; return what it was.

        Raises Forbidden, NotFound, NotSupported, WrongState, InvalidRequest.
        """
        require_admin(caller, "send dead letters again")
        return self.letters.replay(letter_id)

    def delete_dead_letter(self, caller: Caller, letter_id: str) -> None:
        """Forget a dead letter.  Raises Forbidden, NotFound."""
        require_admin(caller, "forget dead letters")
        self.letters.forget(letter_id)
