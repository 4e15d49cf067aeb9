"""This host's own copies of images: made once, verified, held, and collected."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.support.clock import NOON
from vmctld.domain.image import DiskFormat, Image, ImageStatus, Visibility
from vmctld.errors import Corrupted, NotFound, TimedOut, WrongState
from vmctld.host import verified
from vmctld.host.imagecache import ImageCache
from vmctld.observe.context import bind

CONTENT = bytes(range(256)) * 5000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@dataclass(frozen=True)
class At:
    image: Image
    path: Path | None


def an_image(content: bytes = CONTENT) -> Image:
    return Image(
        id="image-1",
        name="tiny",
        project_id="demo",
        status=ImageStatus.ACTIVE,
        disk_format=DiskFormat.RAW,
        size_bytes=len(content),
        virtual_size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        min_disk_gib=0,
        min_ram_mib=0,
        visibility=Visibility.PRIVATE,
        protected=False,
        properties={},
        created_at=NOON,
        updated_at=NOON,
    )


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def cache(directory: Path) -> ImageCache:
    return ImageCache(directory)


@pytest.fixture
def located(tmp_path: Path) -> At:
    path = tmp_path / "image-1"
    path.write_bytes(CONTENT)
    return At(an_image(), path)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Which copies were hashed as a whole."""
    seen: list[Path] = []
    has_sha256 = verified.has_sha256

    def spy(path: Path, sha256: str) -> bool:
        seen.append(path)
        return has_sha256(path, sha256)

    monkeypatch.setattr("vmctld.host.imagecache.has_sha256", spy)
    return seen


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir() if path.is_file())


def test_the_first_boot_copies_the_image_and_the_next_ones_use_the_copy(
    cache: ImageCache, directory: Path, located: At
) -> None:
    first = cache.ensure("one", located)
    assert located.path is not None
    located.path.unlink()

    second = cache.ensure("two", located)

    assert first == second == directory / DIGEST
    assert first.read_bytes() == CONTENT
    assert first.stat().st_mode & 0o777 == 0o600
    assert directory.stat().st_mode & 0o777 == 0o700
    assert names(directory) == [DIGEST, f"{DIGEST}.verified"]


def test_the_copy_is_no_link_to_the_stores_file(cache: ImageCache, located: At) -> None:
    copy = cache.ensure("one", located)
    assert located.path is not None

    located.path.write_bytes(b"spoilt")

    assert copy.read_bytes() == CONTENT


def test_asking_twice_for_one_instance_is_fine(cache: ImageCache, located: At) -> None:
    assert cache.ensure("one", located) == cache.ensure("one", located)


def test_a_restart_trusts_a_copy_that_looks_as_it_did(
    cache: ImageCache, directory: Path, located: At, hashed: list[Path]
) -> None:
    cache.ensure("one", located)

    ImageCache(directory).ensure("two", located)

    assert hashed == []


def test_a_copy_that_was_touched_is_hashed_again_and_used_if_it_is_right(
    cache: ImageCache, directory: Path, located: At, hashed: list[Path]
) -> None:
    copy = cache.ensure("one", located)
    copy.touch()

    cache.ensure("two", located)
    cache.ensure("three", located)

    assert hashed == [copy]


def test_a_copy_whose_stamp_was_lost_is_hashed_again(
    cache: ImageCache, directory: Path, located: At, hashed: list[Path]
) -> None:
    copy = cache.ensure("one", located)
    (directory / f"{DIGEST}.verified").write_text("12 ")

    ImageCache(directory).ensure("two", located)

    assert hashed == [copy]


def test_a_damaged_copy_is_put_aside_and_fetched_anew(
    cache: ImageCache, directory: Path, located: At
) -> None:
    copy = cache.ensure("one", located)
    flip_a_byte(copy)

    again = cache.ensure("two", located)

    assert again == copy
    assert copy.read_bytes() == CONTENT
    assert (directory / f"{DIGEST}.damaged").read_bytes() != CONTENT


def test_a_restart_finds_a_damaged_copy_too(
    cache: ImageCache, directory: Path, located: At
) -> None:
    flip_a_byte(cache.ensure("one", located))

    copy = ImageCache(directory).ensure("one", located)

    assert copy.read_bytes() == CONTENT


def test_an_image_whose_bytes_are_not_its_records_is_refused_and_leaves_nothing(
    cache: ImageCache, directory: Path, located: At
) -> None:
    lying = At(an_image(CONTENT + b"x"), located.path)

    with pytest.raises(Corrupted) as refusal:
        cache.ensure("one", lying)

    assert refusal.value.code == "checksum-mismatch"
    assert names(directory) == []


def test_an_image_that_is_neither_here_nor_downloaded_is_refused(
    cache: ImageCache, located: At
) -> None:
    assert located.path is not None
    located.path.unlink()

    with pytest.raises(WrongState) as absent:
        cache.ensure("one", located)

    assert absent.value.code == "image-file-absent"


def test_a_store_file_that_vanishes_before_it_is_opened_is_not_found(
    cache: ImageCache, located: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vmctld.host.imagecache.os.access", lambda _path, _mode: True)
    assert located.path is not None
    located.path.unlink()

    with pytest.raises(NotFound):
        cache.ensure("one", located)


def test_an_image_that_is_not_whole_has_no_copy(cache: ImageCache, located: At) -> None:
    coming = At(replace(located.image, sha256=None), located.path)

    with pytest.raises(WrongState) as refusal:
        cache.ensure("one", coming)

    assert refusal.value.code == "image-not-active"


def test_an_image_on_another_disk_is_downloaded(directory: Path) -> None:
    asked: list[tuple[str, int]] = []

    def download(image_id: str, offset_bytes: int) -> Iterator[bytes]:
        asked.append((image_id, offset_bytes))
        yield CONTENT[offset_bytes:]

    cache = ImageCache(directory, download)

    copy = cache.ensure("one", At(an_image(), Path("/nowhere/image-1")))
    cache.ensure("two", At(an_image(), None))

    assert copy.read_bytes() == CONTENT
    assert asked == [("image-1", 0)]


def test_boots_at_once_share_one_download(directory: Path) -> None:
    downloads: list[int] = []
    all_wait = threading.Barrier(8, timeout=30)

    def download(_image_id: str, offset_bytes: int) -> Iterator[bytes]:
        downloads.append(offset_bytes)
        yield CONTENT

    cache = ImageCache(directory, download)
    paths: list[Path] = []

    def boot(number: int) -> None:
        all_wait.wait()
        paths.append(cache.ensure(f"instance-{number}", At(an_image(), None)))

    in_threads(boot, 8)

    assert downloads == [0]
    assert paths == [directory / DIGEST] * 8


def test_who_waits_for_anothers_download_waits_no_longer_than_the_request(
    directory: Path, located: At
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def download(_image_id: str, _offset_bytes: int) -> Iterator[bytes]:
        begun.set()
        go_on.wait(timeout=30)
        yield CONTENT

    cache = ImageCache(directory, download)
    slow = threading.Thread(target=cache.ensure, args=("one", At(an_image(), None)))
    slow.start()
    begun.wait(timeout=30)

    with bind(timeout_s=0.01), pytest.raises(TimedOut):
        cache.ensure("two", located)

    go_on.set()
    slow.join()


def test_a_copy_is_kept_while_an_instance_holds_it(
    cache: ImageCache, directory: Path, located: At
) -> None:
    copy = cache.ensure("one", located)

    assert cache.collect({"one"}, set()) == []
    cache.release("one")
    cache.release("one")
    removed = cache.collect({"one"}, set())

    assert removed == [DIGEST, f"{DIGEST}.verified"]
    assert not copy.exists()
    assert list((directory / "holds").iterdir()) == []


def test_a_copy_of_an_image_that_exists_is_kept_unheld(cache: ImageCache, located: At) -> None:
    copy = cache.ensure("one", located)
    cache.release("one")

    assert cache.collect(set(), {DIGEST}) == []

    assert copy.exists()
    assert cache.ensure("two", located) == copy


def test_a_collected_copy_is_made_again_when_it_is_needed(cache: ImageCache, located: At) -> None:
    cache.ensure("one", located)
    cache.release("one")
    cache.collect(set(), set())

    assert cache.ensure("two", located).read_bytes() == CONTENT


def test_a_hold_of_an_instance_that_is_gone_goes_at_the_second_look(
    cache: ImageCache, directory: Path, located: At
) -> None:
    copy = cache.ensure("one", located)

    assert cache.collect(set(), set()) == []
    assert cache.collect(set(), set()) == [DIGEST, f"{DIGEST}.verified"]

    assert not copy.exists()


def test_a_damaged_copy_stays_as_long_as_a_guest_has_it_open(
    cache: ImageCache, directory: Path, located: At
) -> None:
    flip_a_byte(cache.ensure("old", located))
    cache.ensure("new", located)

    assert cache.collect({"old", "new"}, set()) == []
    cache.release("old")
    assert cache.collect({"old", "new"}, set()) == [f"{DIGEST}.damaged"]

    assert (directory / DIGEST).read_bytes() == CONTENT


def test_a_copy_that_broke_off_is_removed_unless_it_is_being_made(
    cache: ImageCache, directory: Path, located: At
) -> None:
    (directory / f"{DIGEST}.part").write_bytes(CONTENT[:100])

    assert cache.collect(set(), {DIGEST}) == [f"{DIGEST}.part"]


def test_collecting_while_instances_come_and_go_never_takes_a_held_copy(
    cache: ImageCache, directory: Path, located: At
) -> None:
    missing: list[int] = []

    def boot(number: int) -> None:
        for turn in range(30):
            instance_id = f"instance-{number}-{turn}"
            if not cache.ensure(instance_id, located).exists():
                missing.append(number)
            cache.release(instance_id)

    collecting = threading.Event()

    def collect() -> None:
        while not collecting.is_set():
            cache.collect({f"instance-{n}-{t}" for n in range(3) for t in range(30)}, set())

    collector = threading.Thread(target=collect)
    collector.start()
    in_threads(boot, 3)
    collecting.set()
    collector.join()

    assert missing == []


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)


def in_threads(work: Callable[[int], None], number: int) -> None:
    threads = [threading.Thread(target=work, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
