"""A QEMU driver on a state directory of its own, and nothing of it left afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.machines import a_disk
from vmctld.drivers.qemu import QemuDriver

MakeDriver = Callable[[], QemuDriver]


@pytest.fixture(scope="session")
def base_image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_disk(tmp_path_factory.mktemp("images") / "base.qcow2")


@pytest.fixture
def make_driver(tmp_path: Path) -> Iterator[MakeDriver]:
    """Make a driver each time a daemon starts; the last one's machines are destroyed."""
    made: list[QemuDriver] = []

    def make() -> QemuDriver:
        if made:
            made[-1].close()
        made.append(QemuDriver(tmp_path / "state", accelerator="tcg"))
        return made[-1]

    yield make
    if made:
        for status in made[-1].machines():
            made[-1].destroy(status.instance_id)
        made[-1].close()


@pytest.fixture
def driver(make_driver: MakeDriver) -> QemuDriver:
    return make_driver()
