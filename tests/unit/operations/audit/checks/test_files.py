"""Files of nobody, and files that somebody is still writing."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.support.planted import Site
from tests.support.planted.site import an_id
from vmctld.operations.audit.checks.files import files_of_no_record, half_made_files
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.installation import Installation

Look = Callable[..., list[Suspect]]


def test_a_file_that_is_being_written_is_left_alone(
    installation: Installation, site: Site, look: Look
) -> None:
    path = site.file(f"images/{an_id()}.part", old=False)
    now = installation.clock().timestamp()
    os.utime(path, (now, now))

    assert look(half_made_files) == look(files_of_no_record) == []


def test_a_file_that_nobody_goes_on_with_is_found_wherever_it_lies(site: Site, look: Look) -> None:
    names = ["cache/x.part", "images/x.tmp", "qemu/machines/x/y.part", "volumes/x.part"]
    for name in names:
        site.file(name)

    assert [suspect.subject for suspect in look(half_made_files)] == sorted(
        names, key=lambda name: ["images", "cache", "volumes", "qemu"].index(name.split("/")[0])
    )


def test_a_store_that_several_processes_share_is_looked_through(
    installation: Installation, look: Look, tmp_path: Path
) -> None:
    shared = replace(installation, store_dir=tmp_path / "store")
    (tmp_path / "store" / "images").mkdir(parents=True)
    (tmp_path / "store" / "volumes").mkdir()
    (tmp_path / "store" / "images" / "x.part").touch()
    (tmp_path / "store" / "volumes" / "stray").touch()

    found = [*look(half_made_files, at=shared), *look(files_of_no_record, at=shared)]

    assert [suspect.subject for suspect in found] == ["images/x.part", "volumes/stray"]


def test_rooms_that_are_not_there_hold_nothing(installation: Installation, look: Look) -> None:
    for room in ("images", "volumes"):
        for path in (installation.state_dir / room).iterdir():
            path.unlink()
        (installation.state_dir / room).rmdir()

    assert look(half_made_files) == look(files_of_no_record) == []
