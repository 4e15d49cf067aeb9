"""What the scheduler decided, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from vmctld.domain.placement import Decision, Verdict
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.prepared import Prepared
from vmctld.storage.tables.pipeline import DecisionRow

TABLE = core(DecisionRow)
_C = TABLE.c


def _upsert(dialect: Any) -> Any:
    statement = dialect.insert(TABLE)
    key = ("instance_id", "attempt")
    changed = [column.name for column in TABLE.columns if column.name not in key]
    return statement.on_conflict_do_update(
        index_elements=key,
        set_={name: statement.excluded[name] for name in changed},
    )


_UPSERTS = {"sqlite": Prepared(_upsert(sqlite)), "postgresql": Prepared(_upsert(postgresql))}


def write(tx: Tx, decision: Decision) -> None:
    """Keep the decision for its attempt."""
    values = {
        "instance_id": decision.instance_id,
        "attempt": decision.attempt,
        "seed": decision.seed,
        "host": decision.host,
        "hosts_considered": decision.hosts_considered,
        "verdicts": [[v.host, v.filter, v.reason, v.weight, v.weights] for v in decision.verdicts],
        "remedy": decision.remedy,
        "created_at": decision.created_at,
        "filters": decision.filters,
        "weighers": decision.weighers,
    }
    _UPSERTS[tx.dialect.name].changed(tx, values)


_LAST = (
    select(TABLE)
    .where(_C.instance_id == bindparam("instance"))
    .order_by(_C.attempt.desc())
    .limit(1)
)


def last(tx: Tx, instance_id: str) -> Decision | None:
    """Return the decision for the last attempt of an instance."""
    row = tx.execute(_LAST, {"instance": instance_id}).one_or_none()
    if row is None:
        return None
    return Decision(
        instance_id=row.instance_id,
        attempt=row.attempt,
        seed=row.seed,
        host=row.host,
        hosts_considered=row.hosts_considered,
        verdicts=tuple(_verdict(*verdict) for verdict in row.verdicts),
        remedy=row.remedy,
        created_at=row.created_at,
        filters=tuple(row.filters),
        weighers=tuple((name, multiplier) for name, multiplier in row.weighers),
    )


def _verdict(
    host: str, refused_by: str, reason: str, weight: float, weights: Sequence[float] = ()
) -> Verdict:
    """Return a verdict as its column has it; those of an earlier version have no weights."""
    return Verdict(host, refused_by, reason, weight, tuple(weights))
