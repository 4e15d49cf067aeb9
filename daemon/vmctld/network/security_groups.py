"""Security groups and their rules: made, found, changed, deleted."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.domain.names import check_name, check_text, looks_like_id, not_found
from vmctld.domain.ownership import listed_project
from vmctld.domain.paging import Page
from vmctld.domain.security_group import (
    DEFAULT_NAME,
    RuleRequest,
    SecurityGroup,
    SecurityGroupRule,
    new_group,
)
from vmctld.errors import AlreadyExists, QuotaExceeded
from vmctld.network.affected import hosts_with
from vmctld.network.guards import ensure_default_group
from vmctld.network.lookup import GROUP, GROUP_HINT, find_security_group
from vmctld.network.refusals import default_group, group_in_use
from vmctld.network.security_group_rules import MAX_DESCRIPTION_CHARS, checked_rule
from vmctld.storage.database import Database, Tx
from vmctld.storage.locks import one_at_a_time
from vmctld.storage.repositories import port_security, security_groups

TellHosts = Callable[[Iterable[str]], None]
RULE = "security group rule"


class Limits(Protocol):
    """What projects may have."""

    def limits_of(self, tx: Tx, project_id: str) -> Mapping[str, int]:
        """Return all limits of a project, by resource; negative: none."""
        ...


class SecurityGroups:
    """Rules for groups: a project has its own, and a default one from its first use on.

    ``tell`` has hosts look again at what they are to enforce, after the change is kept.
    """

    def __init__(self, database: Database, clock: Clock, limits: Limits, tell: TellHosts) -> None:
        self._database = database
        self._clock = clock
        self._limits = limits
        self._tell = tell
        self._begun: set[str] = set()  # projects whose default groups are known to be there

    def create_group(self, caller: Caller, name: str, description: str = "") -> SecurityGroup:
        """Return a new group, from which all may leave and into which nothing may come.

        Raises InvalidRequest, AlreadyExists (``default-security-group``), QuotaExceeded.
        """
        name = check_name(name, GROUP)
        if name == DEFAULT_NAME:
            raise AlreadyExists(
                "every project has its default security group already",
                code="default-security-group",
                hint="take another name",
            )
        text = check_text(description, "description", MAX_DESCRIPTION_CHARS)
        group = new_group(str(uuid.uuid4()), name, caller.project_id, text, self._clock())

        self._ensure_default(caller)

        def create(tx: Tx) -> None:
            self._check_quota(tx, caller.project_id, groups=1, rules=len(group.rules))
            security_groups.insert_group(tx, group)

        self._database.run(create)
        return group

    def get_group(self, caller: Caller, reference: str) -> SecurityGroup:
        """Return one, by name or id.  Raises NotFound, Conflict (ambiguous)."""

        self._ensure_default(caller)
        with self._database.read() as tx:
            return find_security_group(tx, caller, reference)

    def list_groups(
        self, caller: Caller, page: Page, *, all_projects: bool = False
    ) -> Sequence[SecurityGroup]:
        """Return a page, sorted by name."""
        project_id = listed_project(caller, all_projects=all_projects)
        self._ensure_default(caller)
        with self._database.read() as tx:
            return security_groups.list_groups(tx, project_id, page)

    def update_group(
        self, caller: Caller, reference: str, name: str | None, description: str | None
    ) -> SecurityGroup:
        """Return the group with another name or description; None: it stays.

        Raises NotFound, Conflict (ambiguous), InvalidRequest, WrongState
        (``default-security-group``) for the default one's name.
        """
        self._ensure_default(caller)

        def change(tx: Tx) -> SecurityGroup:
            group = find_security_group(tx, caller, reference)
            changed = group
            if name is not None:
                changed = replace(changed, name=check_name(name, GROUP))
            if description is not None:
                text = check_text(description, "description", MAX_DESCRIPTION_CHARS)
                changed = replace(changed, description=text)
            if changed.name != group.name and DEFAULT_NAME in (changed.name, group.name):
                raise default_group(
                    group, "cannot be renamed, nor can another one be given its name"
                )
            security_groups.change_group(tx, changed)
            return changed

        return self._database.run(change)

    def delete_group(self, caller: Caller, reference: str) -> None:
        """Delete a group that no port is in, and the rules of others that name it.

        Raises NotFound, Conflict (ambiguous), WrongState (``security-group-in-use``,
        ``default-security-group``).
        """
        self._ensure_default(caller)

        def delete(tx: Tx) -> None:
            group = find_security_group(tx, caller, reference)
            if group.name == DEFAULT_NAME:
                raise default_group(group, "cannot be deleted")
            if not security_groups.hold_alone(tx, group.id):
                raise not_found(reference, GROUP, hint=GROUP_HINT)
            users = [
                port
                for port in port_security.secured_in(tx, [group.project_id])
                if group.id in port.group_ids
            ]
            if users:
                raise group_in_use(group, users)
            security_groups.delete_group(tx, group.id)

        self._database.run(delete)

    def create_rule(
        self, caller: Caller, reference: str, request: RuleRequest
    ) -> SecurityGroupRule:
        """Return a new rule of a group, in force at once where the group is.

        Raises InvalidRequest, NotFound, Conflict (ambiguous), AlreadyExists
        (``security-group-rule-exists``), QuotaExceeded.
        """
        checked = checked_rule(request)
        self._ensure_default(caller)

        def create(tx: Tx) -> tuple[SecurityGroupRule, set[str]]:
            group = find_security_group(tx, caller, reference)
            remote = request.remote_group.strip()
            rule = SecurityGroupRule(
                id=str(uuid.uuid4()),
                group_id=group.id,
                project_id=group.project_id,
                direction=checked.direction,
                ether_type=checked.ether_type,
                protocol=checked.protocol,
                first=checked.first,
                last=checked.last,
                remote_cidr=checked.remote_cidr,
                remote_group_id=find_security_group(tx, caller, remote).id if remote else None,
                description=checked.description,
                created_at=self._clock(),
            )
            self._check_quota(tx, group.project_id, rules=1)
            _check_new(tx, rule)
            security_groups.insert_rule(tx, rule)
            return rule, hosts_with(tx, [(group.id, group.project_id)])

        rule, hosts = self._database.run(create)
        self._tell(hosts)
        return rule

    def get_rule(self, caller: Caller, rule_id: str) -> SecurityGroupRule:
        """Return one, by id.  Raises NotFound."""
        with self._database.read() as tx:
            return _find_rule(tx, caller, rule_id)

    def delete_rule(self, caller: Caller, rule_id: str) -> None:
        """Delete a rule; what it alone allowed is cut off.  Raises NotFound."""

        def delete(tx: Tx) -> set[str]:
            rule = _find_rule(tx, caller, rule_id)
            security_groups.delete_rule(tx, rule.id)
            return hosts_with(tx, [(rule.group_id, rule.project_id)])

        self._tell(self._database.run(delete))

    def _ensure_default(self, caller: Caller) -> None:
        """Have the project's default group there; it never goes again."""
        project_id = caller.project_id
        if project_id not in self._begun:
            self._database.run(lambda tx: ensure_default_group(tx, project_id, self._clock))
            self._begun.add(project_id)

    def _check_quota(self, tx: Tx, project_id: str, *, groups: int = 0, rules: int = 0) -> None:
        one_at_a_time(tx, f"security groups of {project_id}")
        limits = self._limits.limits_of(tx, project_id)
        counts = {
            "security_groups": (groups, security_groups.count_groups(tx, project_id)),
            "security_group_rules": (rules, security_groups.count_rules(tx, project_id)),
        }
        for resource, (wanted, used) in counts.items():
            if wanted and 0 <= limits[resource] < used + wanted:
                raise QuotaExceeded(
                    f"Quota exceeded for resources: ['{resource.removesuffix('s')}'].",  # neutron's
                    hint="delete some that are not needed, or ask an admin for more",
                    facts={
                        resource: {"requested": wanted, "used": used, "limit": limits[resource]}
                    },
                )


def _check_new(tx: Tx, rule: SecurityGroupRule) -> None:
    for other in security_groups.rules_of(tx, [rule.group_id]):
        if other.meaning == rule.meaning:
            raise AlreadyExists(
                f"the group has a rule for that already: {other.id}",
                code="security-group-rule-exists",
                hint="nothing is to be done: what the rule allows is allowed",
                facts={"id": other.id},
            )


def _find_rule(tx: Tx, caller: Caller, rule_id: str) -> SecurityGroupRule:
    found = security_groups.get_rule(tx, looks_like_id(rule_id) or "")
    if found is None or not (caller.is_admin or found.project_id == caller.project_id):
        raise not_found(rule_id, RULE, hint="vmctl secgroup-rule-list shows them")
    return found
