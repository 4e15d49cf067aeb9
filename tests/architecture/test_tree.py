"""The tree is a map: tests mirror sources, dependencies are bounded, nothing local leaks in."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
MIRRORS = (("daemon/vmctld", "tests/unit"), ("cli/vmctl_cli", "tests/cli"))

ONLY_PROTOCOLS = "protocols and records: nothing to run"
ONLY_FIELDS = "frozen fields: round trips in tests/unit/wire/convert and tests/architecture"
ONLY_COLUMNS = "columns: tests/architecture/test_schema.py compares them with the migrations"
BUS_SUITE = "run by tests/contract/test_buses.py on a real broker"
OVER_THE_WIRE = "run by every test that calls the daemon over its carrier"
BY_COMMANDS = "run by the tests of the commands that use it"
BY_AUDIT = "one planted leak each in tests/unit/operations"
BY_DOCTOR = "one spoilt installation each in tests/unit/operations"
BY_ADMISSION = "one part of tests/unit/compute/api/test_admission.py"
BY_ROLES = "run by tests/integration/roles, each role in a process of its own"
BY_BRIDGES = "run by tests/integration/host/test_bridges.py, on a real kernel"
BY_TASKS = "run by tests/unit/compute/*/test_tasks.py and tests/unit/compute/api/test_actions.py"
BY_RESHAPING = "run by tests/integration/test_reshaping.py"
BY_DRIVERS = "run on a real QEMU by tests/contract/test_drivers.py"
BY_LAWS = "run by tests/saga and tests/integration/test_pipeline.py"

BY_ROUTERS = "run by tests/unit/network/test_routers.py and test_floating_ips.py"

BY_SNAPSHOTS = "run by tests/integration/test_snapshots.py"

BY_VOLUMES = "run by tests/unit/volume/test_snapshots.py, test_types.py and test_quota.py"

WITHOUT_A_TEST_OF_THEIR_OWN = {
    "daemon/vmctld/app/snapshots.py": "started by every test in tests/e2e",
    "daemon/vmctld/compute/api/rewording.py": BY_RESHAPING,
    "daemon/vmctld/compute/api/snapshots.py": BY_SNAPSHOTS,
    "daemon/vmctld/compute/api/unshelving.py": BY_SNAPSHOTS,
    "daemon/vmctld/compute/conductor/unshelved.py": BY_SNAPSHOTS,
    "daemon/vmctld/drivers/fake/copies.py": "run by tests/contract/test_drivers.py",
    "daemon/vmctld/storage/repositories/unshelving.py": BY_SNAPSHOTS,
    "daemon/vmctld/storage/repositories/image_tasks.py": "run by tests/unit/image/test_queued.py",
    "daemon/vmctld/app/volumes.py": "started by every test in tests/e2e",
    "daemon/vmctld/volume/sources.py": BY_VOLUMES,
    "daemon/vmctld/storage/repositories/volume_snapshots.py": BY_VOLUMES,
    "daemon/vmctld/storage/repositories/volume_types.py": BY_VOLUMES,
    "daemon/vmctld/storage/repositories/volume_usage.py": BY_VOLUMES,
    "daemon/vmctld/app/routers.py": "started by every test in tests/e2e",
    "daemon/vmctld/app/routing.py": "run by tests/e2e/test_routers.py",
    "daemon/vmctld/clients/router.py": "run by tests/e2e/test_routers.py",
    "daemon/vmctld/compute/network_messages.py": "tests/architecture/test_messages.py",
    "daemon/vmctld/drivers/qemu/cards.py": "golden lines of tests/unit/drivers/qemu/test_argv.py",
    "daemon/vmctld/host/network/routers.py": "run by tests/integration/host/test_routers.py",
    "daemon/vmctld/network/router_lookup.py": BY_ROUTERS,
    "daemon/vmctld/network/router_ports.py": BY_ROUTERS,
    "daemon/vmctld/network/router_refusals.py": BY_ROUTERS,
    "daemon/vmctld/network/router_service.py": BY_ROUTERS,
    "daemon/vmctld/storage/repositories/floating_ips.py": BY_ROUTERS,
    "daemon/vmctld/storage/repositories/routers.py": BY_ROUTERS,
    "daemon/vmctld/app/agents.py": BY_ROLES,
    "daemon/vmctld/app/api.py": "started by every test in tests/e2e and tests/integration",
    "daemon/vmctld/app/buses.py": BY_ROLES,
    "daemon/vmctld/app/conductor.py": BY_ROLES,
    "daemon/vmctld/app/data.py": BY_ROLES,
    "daemon/vmctld/app/doors.py": BY_ROLES,
    "daemon/vmctld/app/operators.py": "run by tests/e2e/test_operators.py",
    "daemon/vmctld/app/peers.py": BY_ROLES,
    "daemon/vmctld/app/scheduler.py": BY_ROLES,
    "daemon/vmctld/app/placement.py": "started by every test in tests/e2e",
    "daemon/vmctld/bus/base.py": ONLY_PROTOCOLS,
    "daemon/vmctld/bus/tap.py": ONLY_PROTOCOLS,
    "daemon/vmctld/clients/agent.py": OVER_THE_WIRE,
    "daemon/vmctld/clients/door.py": OVER_THE_WIRE,
    "daemon/vmctld/compute/agent/context.py": ONLY_FIELDS,
    "daemon/vmctld/compute/agent/ports.py": ONLY_PROTOCOLS,
    "daemon/vmctld/compute/agent/task_context.py": ONLY_FIELDS,
    "daemon/vmctld/compute/agent/task_journal.py": BY_TASKS,
    "daemon/vmctld/compute/agent/task_sagas.py": BY_LAWS,
    "daemon/vmctld/compute/api/admission_record.py": BY_ADMISSION,
    "daemon/vmctld/compute/api/drafts.py": BY_ADMISSION,
    "daemon/vmctld/compute/api/ports.py": ONLY_PROTOCOLS,
    "daemon/vmctld/compute/boot.py": "data: tests/architecture/test_score.py",
    "daemon/vmctld/compute/cells.py": "data: tests/architecture/test_score.py",
    "daemon/vmctld/compute/conductor/copies.py": "asked by tests/unit/app/test_compute.py",
    "daemon/vmctld/compute/conductor/ports.py": ONLY_PROTOCOLS,
    "daemon/vmctld/compute/messages.py": "tests/architecture/test_messages.py",
    "daemon/vmctld/compute/scheduler/record.py": "written down by every test of its handlers",
    "daemon/vmctld/compute/scheduler/request.py": ONLY_PROTOCOLS,
    "daemon/vmctld/config/settings.py": ONLY_FIELDS,
    "daemon/vmctld/drivers/abilities.py": ONLY_PROTOCOLS,
    "daemon/vmctld/compute/api/diagnosing.py": "run by tests/e2e/test_lifecycle.py",
    "daemon/vmctld/compute/api/reshaping.py": BY_RESHAPING,
    "daemon/vmctld/compute/conductor/task_effects.py": BY_RESHAPING,
    "daemon/vmctld/drivers/fake/shapes.py": "run by tests/contract/test_drivers.py",
    "daemon/vmctld/drivers/qemu/counters.py": BY_DRIVERS,
    "daemon/vmctld/drivers/qemu/memory.py": BY_DRIVERS,
    "daemon/vmctld/drivers/qemu/reshape.py": BY_DRIVERS,
    "daemon/vmctld/drivers/qemu/sleep.py": BY_DRIVERS,
    "daemon/vmctld/errors.py": "tests/architecture/test_errors.py",
    "daemon/vmctld/app/guarding.py": "run by tests/e2e/test_security_groups.py",
    "daemon/vmctld/host/network/bridges.py": BY_BRIDGES,
    "daemon/vmctld/host/network/commands.py": BY_BRIDGES,
    "daemon/vmctld/host/network/dnsmasq.py": BY_BRIDGES,
    "daemon/vmctld/host/network/namespace.py": BY_BRIDGES,
    "daemon/vmctld/host/network/taps.py": BY_BRIDGES,
    "daemon/vmctld/main.py": "run by tests/e2e as a process",
    "daemon/vmctld/observe/memory.py": "run by tests/e2e as a process",
    "daemon/vmctld/observe/systemd.py": "run by tests/e2e as a process",
    "daemon/vmctld/saga/action.py": ONLY_PROTOCOLS,
    "daemon/vmctld/storage/migrations/env.py": "tests/architecture/test_schema.py",
    "daemon/vmctld/storage/repositories/instance_rows.py": "tests/unit/storage/repositories/"
    "test_instances.py walks every field",
    "daemon/vmctld/storage/repositories/claims.py": BY_RESHAPING,
    "daemon/vmctld/storage/repositories/tasks.py": BY_TASKS,
    "daemon/vmctld/storage/sqlite.py": "tests/unit/storage/test_database.py is about its files",
    "daemon/vmctld/volume/ports.py": ONLY_PROTOCOLS,
}
WHOLE_FOLDERS = {
    "daemon/vmctld/bus/rabbitmq": BUS_SUITE,
    "daemon/vmctld/compute/agent/actions": BY_LAWS,
    "daemon/vmctld/domain": ONLY_FIELDS,
    "daemon/vmctld/operations": BY_AUDIT,
    "daemon/vmctld/rpc/servicers": OVER_THE_WIRE,
    "daemon/vmctld/storage/migrations/versions": "tests/architecture/test_schema.py",
    "daemon/vmctld/storage/tables": ONLY_COLUMNS,
    "daemon/vmctld/wire/convert": OVER_THE_WIRE,
    "cli/vmctl_cli": BY_COMMANDS,
}


def _unmirrored() -> list[str]:
    found = []
    for sources, tests in MIRRORS:
        for path in sorted((CHECKOUT / sources).rglob("*.py")):
            name = path.relative_to(CHECKOUT / sources)
            if name.name in ("__init__.py", "__main__.py"):
                continue
            if not (CHECKOUT / tests / name.parent / f"test_{name.name}").exists():
                found.append(f"{sources}/{name}")
    return found


def _tracked() -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    names = filter(None, done.stdout.split("\0"))
    return [CHECKOUT / name for name in names if (CHECKOUT / name).is_file()]


def test_every_module_has_its_test_or_a_reason() -> None:
    folders = tuple(f"{folder}/" for folder in WHOLE_FOLDERS)
    missing = {name for name in _unmirrored() if not name.startswith(folders)}

    assert missing - set(WITHOUT_A_TEST_OF_THEIR_OWN) == set()


def test_every_reason_is_of_something_that_exists() -> None:
    assert all((CHECKOUT / module).is_file() for module in WITHOUT_A_TEST_OF_THEIR_OWN)
    assert all((CHECKOUT / folder).is_dir() for folder in WHOLE_FOLDERS)


def _project() -> dict[str, object]:
    return tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]


def test_every_dependency_has_a_lowest_version_and_a_next_one_that_was_not_tried() -> None:
    unbounded = {"cryptography"}  # counts its versions up with every release of OpenSSL
    project = _project()
    extras = project["optional-dependencies"]
    assert isinstance(extras, dict)
    wanted = [*project["dependencies"], *(one for extra in extras.values() for one in extra)]  # type: ignore[misc]

    for requirement in wanted:
        name = re.split(r"[>=\[]", requirement)[0]
        assert ">=" in requirement, requirement
        assert ",<" in requirement or name in unbounded, requirement


def test_stubs_are_made_with_exactly_one_version_of_their_makers() -> None:
    groups = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["dependency-groups"]
    makers = [one for one in groups["dev"] if re.match(r"grpcio-tools|mypy-protobuf", one)]

    assert len(makers) == 2
    assert all("==" in maker for maker in makers)


FORBIDDEN = {
    "a path of somebody's machine": r"/" + r"work/|/" + r"tmp/brief|/" + r"Users/",
    "a number of a tracker": r"(?i)\bissues? ?#?" + r"\d+\b",
    "a registry's host": r"files\.python" + r"hosted|regis" + r"try\.npmjs|proxy\.go" + r"lang",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_the_tree_does_not_mention(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what].encode())

    found = [str(path) for path in _tracked() if pattern.search(path.read_bytes())]

    assert found == []
