"""I7: what machines left on this host's disk is of instances that live here."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from vmctld.operations.audit.checks.files import stray_file
from vmctld.operations.audit.files_below import FAKE, QEMU, UNFINISHED, below, files_below
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.audit.world import World


def files_of_fake_machines(world: World) -> Iterator[Suspect]:
    """A fake machine's file whose instance does not live on that host: removed."""
    for path in files_below(world.state_dir / FAKE):
        instance_id = path.name.partition(".")[0]
        if path.suffix not in UNFINISHED and not world.may_be_on(instance_id, path.parent.name):
            yield stray_file(world, path, f"of {instance_id}, no instance of this host")


def machine_directories(world: World) -> Iterator[Suspect]:
    """A machine's directory whose instance does not live here: removed with what runs in it."""
    drivers = {
        host: driver for host, driver in world.installation.drivers.items() if driver.name == QEMU
    }
    for host, driver in drivers.items():
        for directory in _directories(world.state_dir / QEMU / "machines"):
            if not world.may_be_on(directory.name, host):
                yield Suspect(
                    "directory",
                    below(world, directory),
                    f"of {directory.name}, no instance of this host",
                    afterwards=partial(driver.destroy, directory.name),
                )


def _directories(parent: Path) -> list[Path]:
    return sorted(path for path in parent.iterdir() if path.is_dir()) if parent.is_dir() else []
