"""Key pairs: each user's own public keys."""

from __future__ import annotations

from collections.abc import Sequence

from vmctld.compute.public_keys import parse_public_key
from vmctld.compute.quotas import ProjectQuotas
from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.domain.keypair import Keypair
from vmctld.domain.names import check_name, not_found, shown
from vmctld.domain.paging import Page
from vmctld.errors import AlreadyExists, QuotaExceeded
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import keypairs


class Keypairs:
    """Rules for key pairs: a user sees their own, in whatever project they work."""

    def __init__(self, database: Database, clock: Clock, quotas: ProjectQuotas) -> None:
        self._database = database
        self._clock = clock
        self._quotas = quotas

    def import_keypair(self, caller: Caller, name: str, public_key: str) -> Keypair:
        """Keep a public key and return it.

        Raises InvalidRequest (``private-key-given``, ``invalid-public-key``), AlreadyExists,
        QuotaExceeded.
        """
        name = check_name(name, "key pair")
        key = parse_public_key(public_key)
        keypair = Keypair(name, caller.user_id, "ssh", key.line, key.fingerprint, self._clock())

        def insert(tx: Tx) -> None:
            self._check_quota(tx, caller)
            if not keypairs.insert_keypair(tx, keypair):
                raise AlreadyExists(
                    f"Key pair {shown(name)} already exists.",
                    code="key-pair-exists",
                    hint="take another name, or delete the old one: vmctl keypair-delete",
                    facts={"name": name},
                )

        self._database.run(insert)
        return keypair

    def get_keypair(self, caller: Caller, name: str) -> Keypair:
        """Return the caller's key of that name.  Raises NotFound."""
        with self._database.read() as tx:
            found = keypairs.get_keypair(tx, caller.user_id, name.strip())
        if found is None:
            raise _no_keypair(name)
        return found

    def list_keypairs(self, caller: Caller, page: Page) -> Sequence[Keypair]:
        """Return a page of the caller's keys, sorted by name; a marker is a name."""
        with self._database.read() as tx:
            return keypairs.list_keypairs(tx, caller.user_id, page)

    def delete_keypair(self, caller: Caller, name: str) -> None:
        """Forget one; servers that were booted with it keep it.  Raises NotFound."""
        user_id, name = caller.user_id, name.strip()
        if not self._database.run(lambda tx: keypairs.delete_keypair(tx, user_id, name)):
            raise _no_keypair(name)

    def _check_quota(self, tx: Tx, caller: Caller) -> None:
        limit = self._quotas.limits_of(tx, caller.project_id)["key_pairs"]
        used = keypairs.count_keypairs(tx, caller.user_id)
        if 0 <= limit <= used:
            raise QuotaExceeded(
                f"Quota exceeded for key_pairs: Requested 1, but already used {used} of {limit} "
                "key_pairs",
                hint="delete key pairs that are not needed, or ask an admin for more",
                facts={"key_pairs": {"requested": 1, "used": used, "limit": limit}},
            )


def _no_keypair(name: str) -> Exception:
    return not_found(name, "key pair", hint="vmctl keypair-list shows yours")
