"""Leaks, planted from outside into the state directory of a running daemon."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.evidence import Ledger
from tests.crash.site import PASSWORD, Site

LONG_AGO = "2020-01-01 00:00:00.000000"
GHOST = "00000000-0000-4000-8000-00000000dead"


@dataclass
class Planter:
    """Breaks one thing at a time; what it started it ends."""

    site: Site
    ledger: Ledger
    server_id: str
    _undo: list[Callable[[], object]] = field(default_factory=list)

    def sql(self, *statements: str) -> None:
        """Write into the daemon's database behind its back."""
        with closing(sqlite3.connect(self.site.state_dir / "vmctl.db", timeout=30)) as database:
            for statement in statements:
                database.execute(statement)
            database.commit()

    def file(self, path: str, content: bytes = b"", *, age_s: float = 0.0) -> Path:
        """Make a file below the state directory."""
        file = self.site.state_dir / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        if age_s:
            subprocess.run(["touch", "-d", f"@{time.time() - age_s}", str(file)], check=True)
        return file

    def process(self) -> None:
        """Run something that looks like a QEMU of this daemon."""
        program = self.site.home / "qemu-system-x86_64"
        shutil.copy("/bin/bash", program)
        arguments = ["-c", "read -r _", "-uuid", GHOST]
        with (self.site.state_dir / "vmctl.db").open("rb") as held:
            running = subprocess.Popen(
                [program, *arguments], stdin=subprocess.PIPE, pass_fds=[held.fileno()]
            )
        self._undo += [running.communicate, running.kill]

    def undo(self) -> None:
        """End what was started."""
        while self._undo:
            self._undo.pop()()


@contextmanager
def planter(site: Site, ledger: Ledger, server_id: str) -> Iterator[Planter]:
    """Give a planter."""
    it = Planter(site, ledger, server_id)
    try:
        yield it
    finally:
        it.undo()


def lost_instance(plant: Planter) -> None:
    """I1: an entry that was accepted is gone."""
    plant.sql(f"DELETE FROM instances WHERE id = '{plant.server_id}'")


def second_instance(plant: Planter) -> None:
    """I2: one request has made two entries."""
    plant.sql(
        "CREATE TEMP TABLE twin AS SELECT * FROM instances",
        f"UPDATE twin SET id = '{GHOST}', idempotency_key = 'another'",
        "INSERT INTO instances SELECT * FROM twin",
    )


def wrong_claim(plant: Planter) -> None:
    """I3: a host thinks that it has more room than it has."""
    plant.sql("UPDATE hosts SET free_ram_mib = free_ram_mib + 128 WHERE instances > 0")


def stray_fake_machine(plant: Planter) -> None:
    """I4: a machine runs for nobody."""
    plant.file(f"fake/crash-00001/{GHOST}.1.RUNNING")


def stray_process(plant: Planter) -> None:
    """I4: a QEMU process runs for nobody."""
    plant.process()


def missing_machine(plant: Planter) -> None:
    """I4: ACTIVE, and nothing runs."""
    for file in (plant.site.state_dir / "fake").glob(f"*/{plant.server_id}.*"):
        file.unlink()


def ended_machine(plant: Planter) -> None:
    """I4: ACTIVE, and its machine has ended."""
    file = next((plant.site.state_dir / "fake").glob(f"*/{plant.server_id}.*"))
    file.rename(file.with_name(f"{plant.server_id}.1.CRASHED"))


def machine_of_a_stopped_server(plant: Planter) -> None:
    """I4: the server is off, and its machine runs."""
    plant.sql(f"UPDATE instances SET vm_state = 'stopped' WHERE id = '{plant.server_id}'")


def orphaned_port(plant: Planter) -> None:
    """I5: a port belongs to an instance that there is not."""
    plant.sql(f"UPDATE ports SET device_id = '{GHOST}'")


def stray_link(plant: Planter) -> None:
    """I6: an interface is named after a port that is gone."""
    name = f"tap{GHOST[:8]}"
    plant.ledger.port_ids.add(GHOST)
    subprocess.run(["ip", "link", "add", name, "type", "bridge"], check=True)
    plant._undo.append(lambda: subprocess.run(["ip", "link", "delete", name], check=True))


def stray_file(plant: Planter) -> None:
    """I7: a file belongs to nobody."""
    plant.file(f"volumes/{GHOST}")


def old_part(plant: Planter) -> None:
    """I7: a file was begun and never finished."""
    plant.file(f"images/{GHOST}.part", age_s=3600)


def stray_hold(plant: Planter) -> None:
    """I7: an instance that there is not holds an image's copy."""
    plant.file(f"cache/holds/{GHOST}")


def stuck_reservation(plant: Planter) -> None:
    """I8: a volume is reserved for nobody."""
    plant.sql(
        f"UPDATE volumes SET status = 'reserved', updated_at = '{LONG_AGO}'"
        " WHERE status = 'available'"
    )


def orphaned_attachment(plant: Planter) -> None:
    """I8: an attachment belongs to an instance that there is not."""
    plant.sql(f"UPDATE attachments SET instance_id = '{GHOST}', updated_at = '{LONG_AGO}'")


def flipped_byte(plant: Planter) -> None:
    """I9: an image's file is not what was uploaded."""
    image = next((plant.site.state_dir / "images").iterdir())
    content = bytearray(image.read_bytes())
    content[-1] ^= 1
    image.write_bytes(content)


def missing_fault(plant: Planter) -> None:
    """I10: ERROR, and nobody says why."""
    plant.sql("UPDATE instances SET vm_state = 'error', fault = NULL")


def overdue_state(plant: Planter) -> None:
    """I11: something has been going on for years."""
    plant.sql(f"UPDATE instances SET task_state = 'spawning', updated_at = '{LONG_AGO}'")


def torn_trace(plant: Planter) -> None:
    """I12: some steps of an ACTIVE instance are not there."""
    plant.sql("DELETE FROM journal WHERE action = 'allocate-ports'")


def forgotten_message(plant: Planter) -> None:
    """I13: a message has been waiting for years."""
    plant.sql(
        "INSERT INTO outbox (address, kind, body, created_at)"
        f" VALUES ('nobody', 'cast', '???', '{LONG_AGO}')"
    )


def wrong_quota(plant: Planter) -> None:
    """I14: the project is said to use what it does not."""
    plant.sql("UPDATE quota_usages SET cores = cores + 1")


def torn_database(plant: Planter) -> None:
    """I15: a row points to one that there is not."""
    plant.sql(
        "INSERT INTO fixed_ips (network_id, address, subnet_id, port_id)"
        f" SELECT id, '10.20.0.250', '{GHOST}', '{GHOST}' FROM networks"
    )


def secret_in_log(plant: Planter) -> None:
    """I16: the log shows a password."""
    with (plant.site.home / "log").open("a") as log:
        log.write(f"signing in with {PASSWORD}\n")


def restarted_machine(plant: Planter) -> None:
    """I17: the machine is not the one that ran before."""
    file = next((plant.site.state_dir / "fake").glob(f"*/{plant.server_id}.*"))
    file.rename(file.with_name(f"{plant.server_id}.2.RUNNING"))


PLANTS: dict[Callable[[Planter], None], str] = {
    lost_instance: "I1",
    second_instance: "I2",
    wrong_claim: "I3",
    stray_fake_machine: "I4",
    stray_process: "I4",
    missing_machine: "I4",
    ended_machine: "I4",
    machine_of_a_stopped_server: "I4",
    orphaned_port: "I5",
    stray_link: "I6",
    stray_file: "I7",
    old_part: "I7",
    stray_hold: "I7",
    stuck_reservation: "I8",
    orphaned_attachment: "I8",
    flipped_byte: "I9",
    missing_fault: "I10",
    overdue_state: "I11",
    torn_trace: "I12",
    forgotten_message: "I13",
    wrong_quota: "I14",
    torn_database: "I15",
    secret_in_log: "I16",
    restarted_machine: "I17",
}
"""What breaks which invariant.  I18 is about doing something twice: see its own test."""
