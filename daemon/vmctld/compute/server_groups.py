"""Server groups: made by users, within their quota; members join at their boot."""

from __future__ import annotations

import uuid

from vmctld.compute.quotas import ProjectQuotas
from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.domain.names import check_name, only_match, shown
from vmctld.domain.ownership import listed_project
from vmctld.domain.paging import Page
from vmctld.domain.server_group import Policy, ServerGroup
from vmctld.errors import InvalidRequest, QuotaExceeded
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import quotas as quota_rows
from vmctld.storage.repositories import server_groups

NOUN = "server group"
MOST_PER_HOST = 1000


class ServerGroups:
    """Rules for groups.  What another project owns does not exist for those who are no admins."""

    def __init__(self, database: Database, quotas: ProjectQuotas, clock: Clock) -> None:
        self._database = database
        self._quotas = quotas
        self._clock = clock

    def create(
        self, caller: Caller, name: str, policy: str, max_server_per_host: int = 0
    ) -> ServerGroup:
        """Return a new group without members; 0 servers per host: the policy's own rule.

        Raises InvalidRequest, QuotaExceeded.
        """
        kind = _checked_policy(policy)
        made = ServerGroup(
            id=str(uuid.uuid4()),
            name=check_name(name, NOUN),
            project_id=caller.project_id,
            user_id=caller.user_id,
            policy=kind,
            max_server_per_host=_checked_rule(kind, max_server_per_host),
            members=(),
            created_at=self._clock(),
        )

        def insert(tx: Tx) -> None:
            quota_rows.lock(tx, caller.project_id)
            self._check_quota(tx, caller.project_id)
            server_groups.insert(tx, made)

        self._database.run(insert)
        return made

    def get(self, caller: Caller, reference: str) -> ServerGroup:
        """Return the group of that id or name.  Raises NotFound, Conflict (ambiguous)."""
        with self._database.read() as tx:
            return find(tx, caller, reference)

    def page(
        self, caller: Caller, page: Page, offset: int = 0, *, all_projects: bool = False
    ) -> list[ServerGroup]:
        """Return groups, oldest first, from the ``offset``-th on.  Raises Forbidden."""
        project_id = listed_project(caller, all_projects=all_projects)
        with self._database.read() as tx:
            found = server_groups.of_project(tx, project_id)
        return found[offset : offset + page.limit]

    def delete(self, caller: Caller, reference: str) -> None:
        """Forget a group; its servers live on, where they are.  Raises NotFound, Conflict."""
        self._database.run(
            lambda tx: server_groups.remove(tx, find(tx, caller, reference).id),
        )

    def _check_quota(self, tx: Tx, project_id: str) -> None:
        limit = self._quotas.limits_of(tx, project_id)["server_groups"]
        used = server_groups.count(tx, project_id)
        if 0 <= limit <= used:
            raise QuotaExceeded(
                "Quota exceeded, too many server groups.",  # nova's words
                hint="delete groups that are not needed, or ask an admin for more",
                facts={"server_groups": {"requested": 1, "used": used, "limit": limit}},
            )


def find(tx: Tx, caller: Caller, reference: str) -> ServerGroup:
    """Return the one group that ``reference`` means for ``caller``; admins find all by id."""
    own = server_groups.of_project(tx, caller.project_id)
    everybodys = server_groups.of_project(tx, None) if caller.is_admin else own
    by_id = [group for group in everybodys if group.id == reference.strip().lower()]
    hint = "vmctl server-group-list shows them"
    return only_match(by_id or own, reference, NOUN, hint=hint)


def _checked_policy(policy: str) -> Policy:
    try:
        return Policy(policy)
    except ValueError:
        raise InvalidRequest(
            f"{shown(policy[:32])} is no policy of a server group",
            code="invalid-policy",
            hint="one of " + ", ".join(Policy),
        ) from None


def _checked_rule(policy: Policy, max_server_per_host: int) -> int:
    if max_server_per_host == 0:
        return 1
    if policy is not Policy.ANTI_AFFINITY:
        raise InvalidRequest(
            "Only anti-affinity policy supports rules.",  # nova's words
            code="invalid-policy-rule",
            hint="leave --rule out",
        )
    if not 1 <= max_server_per_host <= MOST_PER_HOST:
        raise InvalidRequest(
            f"max_server_per_host cannot be {max_server_per_host}",
            code="invalid-policy-rule",
            hint=f"1 to {MOST_PER_HOST}",
        )
    return max_server_per_host
