"""Copies of images that somebody needs, and those that nobody does."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.support.living import INSTANCE, SHA256
from tests.support.planted import Site
from tests.support.planted.files import unneeded_copy
from vmctld.operations.audit.checks.image_cache import stray_holds, unneeded_copies
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.installation import Installation

Look = Callable[..., list[Suspect]]


def test_a_copy_of_a_deleted_image_that_a_guest_runs_on_stays(
    installation: Installation, look: Look
) -> None:
    with installation.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM images")

    assert look(unneeded_copies) == []


def test_a_copy_of_a_deleted_image_goes_with_its_last_guest(
    installation: Installation, look: Look, mend: Callable[[Suspect], None]
) -> None:
    with installation.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM images")
    (installation.state_dir / "cache" / "holds" / INSTANCE).unlink()

    suspects = look(unneeded_copies)
    for suspect in suspects:
        mend(suspect)

    assert [suspect.subject for suspect in suspects] == [
        f"cache/{SHA256}",
        f"cache/{SHA256}.verified",
    ]
    assert look(unneeded_copies) == []


def test_a_copy_that_nobody_holds_since_just_now_is_left_to_the_host(
    installation: Installation, site: Site, look: Look
) -> None:
    unneeded_copy(site)
    now = replace(installation, clock=lambda: installation.clock() - timedelta(hours=1))

    assert look(unneeded_copies, now) == []


def test_a_damaged_copy_goes_when_nobody_has_it_open(site: Site, look: Look) -> None:
    digest = hashlib.sha256(b"other").hexdigest()
    site.file(f"cache/{digest}.damaged")

    assert [suspect.subject for suspect in look(unneeded_copies)] == [f"cache/{digest}.damaged"]


def test_a_hold_of_a_failed_build_is_let_go_after_a_while(look: Look, change_instance: Any) -> None:
    change_instance(vm_state="error", host=None)

    assert [suspect.subject for suspect in look(stray_holds)] == [f"cache/holds/{INSTANCE}"]
