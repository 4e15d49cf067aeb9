"""There is always somebody who can repair things: the last admin stays."""

from __future__ import annotations

from vmctld.errors import WrongState
from vmctld.storage.database import Tx
from vmctld.storage.locks import one_at_a_time
from vmctld.storage.repositories import roles


def keep_an_admin(tx: Tx) -> None:
    """Raise WrongState (``last-admin``) when the transaction leaves nobody to be admin.

    Looked at after the change and inside its transaction: two changes that would only
    together remove the last one cannot both pass.
    """
    one_at_a_time(tx, "admins")
    if not roles.is_anybody_admin(tx):
        raise WrongState(
            "that would leave this cloud without an admin",
            code="last-admin",
            hint="give another enabled user the role admin first: vmctl role-add",
        )
