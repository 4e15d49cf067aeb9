"""An image service over a fresh database and an empty store."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.callers import a_caller
from tests.support.clock import FakeClock
from tests.support.database import a_database
from vmctld.domain.identity import Caller
from vmctld.domain.image import Image, ImageDescription
from vmctld.image.service import Images
from vmctld.storage.database import Database

UploadImage = Callable[..., Image]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = a_database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "images"


@pytest.fixture
def images(database: Database, store: Path, clock: FakeClock) -> Images:
    return Images(database, store, clock=clock)


@pytest.fixture
def upload(images: Images) -> UploadImage:
    """Upload bytes in two chunks; the rest describes the image."""

    def upload(content: bytes, caller: Caller | None = None, **described: object) -> Image:
        description = ImageDescription(**({"name": "tiny"} | described))  # type: ignore[arg-type]
        with images.begin_upload(caller or a_caller(), description) as one:
            half = len(content) // 2
            one.write(content[:half])
            one.write(content[half:])
            return one.finish(hashlib.sha256(content).hexdigest())

    return upload
