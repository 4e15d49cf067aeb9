"""Images whose bytes are not what their records say."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.support.living import IMAGE
from tests.support.planted import Site
from tests.support.planted.files import flipped_image_bit, overdue_image
from vmctld.operations.audit.checks.images import damaged_images, overdue_images
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.installation import Installation

Look = Callable[..., list[Suspect]]


def test_other_bytes_of_the_same_size_are_seen_by_a_deep_look_only(site: Site, look: Look) -> None:
    planted = flipped_image_bit(site)

    assert look(damaged_images) == []
    assert [suspect.subject for suspect in look(damaged_images, deep=True)] == [planted.subject]


def test_images_that_are_kept_elsewhere_are_not_missed(
    installation: Installation, look: Look
) -> None:
    (installation.state_dir / "images" / IMAGE).unlink()
    (installation.state_dir / "images").rmdir()

    assert look(damaged_images) == []


def test_an_upload_whose_bytes_still_come_is_left_alone(
    installation: Installation, site: Site, look: Look
) -> None:
    planted = overdue_image(site)
    path = site.file(f"images/{planted.subject}.part", old=False)
    now = installation.clock().timestamp()
    os.utime(path, (now, now))

    assert look(overdue_images) == []


@pytest.mark.parametrize("with_part", [True, False])
def test_an_upload_that_broke_off_goes_with_its_bytes(
    installation: Installation,
    site: Site,
    look: Look,
    mend: Callable[[Suspect], None],
    with_part: bool,
) -> None:
    planted = overdue_image(site)
    if with_part:
        site.file(f"images/{planted.subject}.part")

    (suspect,) = look(overdue_images)
    mend(suspect)

    assert look(overdue_images) == []
    assert [path.name for path in (installation.state_dir / "images").iterdir()] == [IMAGE]
