"""I3, I4, I17: one host for each instance, one machine, and the daemon's death is not its."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.crash.evidence import Evidence, Ledger, Row, Violation

CLAIMED = (("vcpus", "cpu_ratio"), ("ram_mib", "ram_ratio"), ("disk_gib", "disk_ratio"))


def hosts_add_up(seen: Evidence, _ledger: Ledger) -> Iterator[Violation]:
    """I3: what instances claim of a host is what it has recorded, and not more than it has."""
    claims: dict[str, list[Row]] = defaultdict(list)
    for row in seen.living.values():
        if row["host"] is not None:
            claims[row["host"]].append(row)
    known = {host["host"] for host in seen.views["hosts"]}
    for name in claims.keys() - known:
        yield Violation("I3", name, "instances on a host that there is not")
    for host in seen.views["hosts"]:
        mine = claims[host["host"]]
        if host["instances"] != len(mine):
            yield Violation("I3", host["host"], f"{host['instances']} recorded, {len(mine)} there")
        for resource, ratio in CLAIMED:
            limit = int(host[resource] * host[ratio])
            claimed = sum(row[resource] for row in mine)
            recorded = limit - host[f"free_{resource}"]
            if claimed != recorded or claimed > limit:
                detail = f"{resource}: {claimed} claimed, {recorded} recorded, {limit} there"
                yield Violation("I3", host["host"], detail)


def one_machine_each(seen: Evidence, _ledger: Ledger) -> Iterator[Violation]:
    """I4: exactly one machine for each ACTIVE instance, on its host, and no other."""
    running = Counter((m.instance_id, m.host) for m in seen.machines)
    wanted = {(id_, row["host"]) for id_, row in seen.with_machine.items()}
    building = {id_ for id_, row in seen.living.items() if row["status"] == "BUILD"}
    going = {id_ for id_, row in seen.living.items() if row["task_state"] == "deleting"}
    for (instance_id, host), count in running.items():
        if (instance_id, host) not in wanted and instance_id not in building | going:
            yield Violation("I4", instance_id, f"a machine on {host} that belongs to nobody")
        elif count > 1:
            yield Violation("I4", instance_id, f"{count} machines on {host}")
    for instance_id, host in wanted - set(running):
        if instance_id not in going:
            status = seen.living[instance_id]["status"]
            yield Violation("I4", instance_id, f"{status} on {host}, and no machine runs there")


def machines_live_on(seen: Evidence, ledger: Ledger) -> Iterator[Violation]:
    """I17: a machine seen before the daemon died is the same one now."""
    now = {machine.instance_id: machine.life for machine in seen.machines}
    for instance_id, life in ledger.lives.items():
        wanted = instance_id in seen.with_machine and instance_id not in ledger.deleted
        if wanted and now.get(instance_id) != life:
            yield Violation("I17", instance_id, f"was {life}, is {now.get(instance_id)}")
