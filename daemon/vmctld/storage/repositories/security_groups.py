"""Security groups and their rules, in the database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Row, delete, func, insert, or_, select, update

from vmctld.domain.firewall import Direction, EtherType
from vmctld.domain.names import looks_like_id
from vmctld.domain.paging import Page
from vmctld.domain.security_group import SecurityGroup, SecurityGroupRule
from vmctld.storage.columns import core, plain
from vmctld.storage.database import Tx
from vmctld.storage.paging import page_of
from vmctld.storage.statements import InsertIfAbsent
from vmctld.storage.tables.security_group import SecurityGroupRow, SecurityGroupRuleRow

_GROUPS = core(SecurityGroupRow)
_RULES = core(SecurityGroupRuleRow)
_insert_group_if_absent = InsertIfAbsent(_GROUPS)


def insert_group(tx: Tx, group: SecurityGroup) -> bool:
    """Keep a new group with its rules; False when there is one of its id already."""
    row = {name: value for name, value in plain(group).items() if name != "rules"}
    if not _insert_group_if_absent(tx, row):
        return False
    tx.execute(insert(_RULES), [_rule_row(rule) for rule in group.rules])
    return True


def insert_rule(tx: Tx, rule: SecurityGroupRule) -> None:
    """Keep a new rule of a group that is there."""
    tx.execute(insert(_RULES), _rule_row(rule))


def groups_named(
    tx: Tx, reference: str, project_id: str, *, any_owner: bool
) -> Sequence[SecurityGroup]:
    """Return those that ``reference`` may mean: by name what the project has, or by id.

    With ``any_owner`` an id may be of another project's group.
    """
    own = _GROUPS.c.project_id == project_id
    by_id = _GROUPS.c.id == looks_like_id(reference)
    by_name = (_GROUPS.c.name == reference.strip()) & own
    query = select(_GROUPS).where(or_(by_name, by_id if any_owner else by_id & own))
    return _groups_of(tx, tx.execute(query).all())


def groups_of_ids(tx: Tx, group_ids: Collection[str]) -> Sequence[SecurityGroup]:
    """Return those that there are, sorted by name."""
    query = select(_GROUPS).where(_GROUPS.c.id.in_(list(group_ids)))
    return _groups_of(tx, tx.execute(query.order_by(_GROUPS.c.name, _GROUPS.c.id)).all())


def hold(tx: Tx, group_ids: Collection[str]) -> set[str]:
    """Return which of these groups there are; they stay until the transaction ends."""
    query = select(_GROUPS.c.id).where(_GROUPS.c.id.in_(list(group_ids)))
    return set(tx.execute(query.order_by(_GROUPS.c.id).with_for_update(read=True)).scalars())


def hold_alone(tx: Tx, group_id: str) -> bool:
    """Return whether the group is there; nobody else holds it until the transaction ends."""
    query = select(_GROUPS.c.id).where(_GROUPS.c.id == group_id).with_for_update()
    return tx.execute(query).first() is not None


def list_groups(tx: Tx, project_id: str | None, page: Page) -> Sequence[SecurityGroup]:
    """Return a page of a project's groups (None: all there are), sorted by name."""
    query = select(_GROUPS)
    if project_id is not None:
        query = query.where(_GROUPS.c.project_id == project_id)
    return _groups_of(tx, page_of(tx, query, (_GROUPS.c.name, _GROUPS.c.id), page))


def change_group(tx: Tx, group: SecurityGroup) -> None:
    """Keep a group's name and description."""
    values = {"name": group.name, "description": group.description}
    tx.execute(update(_GROUPS).where(_GROUPS.c.id == group.id).values(values))


def delete_group(tx: Tx, group_id: str) -> None:
    """Forget a group, its rules, and those of others that name it."""
    tx.execute(delete(_GROUPS).where(_GROUPS.c.id == group_id))


def get_rule(tx: Tx, rule_id: str) -> SecurityGroupRule | None:
    """Return one, or None."""
    row = tx.execute(select(_RULES).where(_RULES.c.id == rule_id)).first()
    return None if row is None else _rule(row)


def delete_rule(tx: Tx, rule_id: str) -> bool:
    """Forget a rule; False when there is none."""
    return tx.execute(delete(_RULES).where(_RULES.c.id == rule_id)).rowcount == 1


def rules_of(tx: Tx, group_ids: Collection[str]) -> Sequence[SecurityGroupRule]:
    """Return the rules of these groups, oldest first."""
    query = select(_RULES).where(_RULES.c.group_id.in_(list(group_ids)))
    return [*map(_rule, tx.execute(query.order_by(_RULES.c.created_at, _RULES.c.id)))]


def groups_that_name(tx: Tx, group_ids: Collection[str]) -> Sequence[tuple[str, str]]:
    """Return the id and the project of the groups with a rule for these groups' members."""
    query = select(_RULES.c.group_id, _RULES.c.project_id).distinct()
    found = tx.execute(query.where(_RULES.c.remote_group_id.in_(list(group_ids))))
    return [(row.group_id, row.project_id) for row in found]


def count_groups(tx: Tx, project_id: str) -> int:
    """Return how many groups a project has."""
    query = select(func.count()).select_from(_GROUPS).where(_GROUPS.c.project_id == project_id)
    return int(tx.execute(query).scalar_one())


def count_rules(tx: Tx, project_id: str) -> int:
    """Return how many rules a project has, of all its groups."""
    query = select(func.count()).select_from(_RULES).where(_RULES.c.project_id == project_id)
    return int(tx.execute(query).scalar_one())


def _groups_of(tx: Tx, rows: Iterable[Row[Any]]) -> list[SecurityGroup]:
    rows = list(rows)
    rules: dict[str, list[SecurityGroupRule]] = {row.id: [] for row in rows}
    for rule in rules_of(tx, rules):
        rules[rule.group_id].append(rule)
    return [
        SecurityGroup(
            id=row.id,
            name=row.name,
            project_id=row.project_id,
            description=row.description,
            rules=tuple(rules[row.id]),
            created_at=row.created_at,
        )
        for row in rows
    ]


def _rule_row(rule: SecurityGroupRule) -> dict[str, Any]:
    row = plain(rule)
    return row | {"direction": rule.direction.value, "ether_type": rule.ether_type.value}


def _rule(row: Row[Any]) -> SecurityGroupRule:
    return SecurityGroupRule(
        id=row.id,
        group_id=row.group_id,
        project_id=row.project_id,
        direction=Direction(row.direction),
        ether_type=EtherType(row.ether_type),
        protocol=row.protocol,
        first=row.first,
        last=row.last,
        remote_cidr=row.remote_cidr,
        remote_group_id=row.remote_group_id,
        description=row.description,
        created_at=row.created_at,
    )
