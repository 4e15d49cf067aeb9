"""Key pairs: each user's own public keys."""

from __future__ import annotations

from collections.abc import Sequence

from vmctld.compute.public_keys import parse_public_key
from vmctld.compute.quotas import ProjectQuotas
from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.domain.keypair import Keypair
from vmctld.domain.names import check_name, not_found, shown
from vmctld.domain.ownership import require_admin
from vmctld.domain.paging import Page
from vmctld.errors import AlreadyExists, QuotaExceeded
from vmctld.storage.database import Database, Tx
from vmctld.storage.locks import one_at_a_time
from vmctld.storage.repositories import keypairs, users


class Keypairs:
    """Rules for key pairs: a user sees their own, in whatever project they work.

    An admin may name another user, by name or id, everywhere.
    """

    def __init__(self, database: Database, clock: Clock, quotas: ProjectQuotas) -> None:
        self._database = database
        self._clock = clock
        self._quotas = quotas

    def import_keypair(
        self, caller: Caller, name: str, public_key: str, *, user: str = ""
    ) -> Keypair:
        """Keep a public key and return it.

        Raises InvalidRequest (``private-key-given``, ``invalid-public-key``), AlreadyExists,
        QuotaExceeded.
        """
        name = check_name(name, "key pair")
        key = parse_public_key(public_key)
        now = self._clock()

        def insert(tx: Tx) -> Keypair:
            user_id = _user_id(tx, caller, user)
            keypair = Keypair(name, user_id, "ssh", key.line, key.fingerprint, now)
            self._check_quota(tx, caller, user_id)
            if not keypairs.insert_keypair(tx, keypair):
                raise AlreadyExists(
                    f"Key pair {shown(name)} already exists.",
                    code="key-pair-exists",
                    hint="take another name, or delete the old one: vmctl keypair-delete",
                    facts={"name": name},
                )
            return keypair

        return self._database.run(insert)

    def get_keypair(self, caller: Caller, name: str, *, user: str = "") -> Keypair:
        """Return a user's key of that name.  Raises NotFound."""
        with self._database.read() as tx:
            found = keypairs.get_keypair(tx, _user_id(tx, caller, user), name.strip())
        if found is None:
            raise _no_keypair(name)
        return found

    def list_keypairs(self, caller: Caller, page: Page, *, user: str = "") -> Sequence[Keypair]:
        """Return a page of a user's keys, sorted by name; a marker is a name."""
        with self._database.read() as tx:
            return keypairs.list_keypairs(tx, _user_id(tx, caller, user), page)

    def delete_keypair(self, caller: Caller, name: str, *, user: str = "") -> None:
        """Forget one; servers that were booted with it keep it.  Raises NotFound."""

        def delete(tx: Tx) -> bool:
            return keypairs.delete_keypair(tx, _user_id(tx, caller, user), name.strip())

        if not self._database.run(delete):
            raise _no_keypair(name)

    def _check_quota(self, tx: Tx, caller: Caller, user_id: str) -> None:
        limit = self._quotas.limits_of(tx, caller.project_id)["key_pairs"]
        one_at_a_time(tx, f"key pairs of {user_id}")
        used = keypairs.count_keypairs(tx, user_id)
        if 0 <= limit <= used:
            raise QuotaExceeded(
                f"Quota exceeded for key_pairs: Requested 1, but already used {used} of {limit} "
                "key_pairs",
                hint="delete key pairs that are not needed, or ask an admin for more",
                facts={"key_pairs": {"requested": 1, "used": used, "limit": limit}},
            )


def _user_id(tx: Tx, caller: Caller, user: str) -> str:
    """Return whose keys are meant; raises Forbidden for others' unless an admin asks."""
    if not user or user in (caller.user_id, caller.user_name):
        return caller.user_id
    require_admin(caller, "touch the key pairs of others")
    return users.find(tx, user).id


def _no_keypair(name: str) -> Exception:
    return not_found(name, "key pair", hint="vmctl keypair-list shows yours")
