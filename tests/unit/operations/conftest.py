"""An installation in order, and where to plant what is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.living import INSTANCE, a_living_installation
from tests.support.planted import Site
from vmctld.operations.installation import Installation


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """One running instance owns one of everything."""
    with a_living_installation(tmp_path / "state") as installation:
        yield installation


@pytest.fixture
def site(installation: Installation) -> Site:
    """The installation's state directory, from outside."""
    return Site(installation.state_dir, INSTANCE, now=installation.clock())
