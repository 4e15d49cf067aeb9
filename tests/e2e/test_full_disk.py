"""A state directory on a file system with no room left."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cloud import TINY, Cloud, refusal, short_directory

SIZE_MIB = 64


def _namespace() -> list[str]:
    """Return what runs a command with mounts of its own, as root or as somebody else."""
    own_user = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", "--mount", *own_user]


def _can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    trial = [*_namespace(), "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def small_disk() -> Iterator[Cloud]:
    """A cloud on a file system of its own, too small for an image and a copy of it."""
    if not _can_mount():
        pytest.skip("no namespace with mounts of its own can be made here")
    with short_directory() as home:
        state_dir = home / "s"
        state_dir.mkdir(mode=0o700)
        mount = f'mount -t tmpfs -o size={SIZE_MIB}m,mode=700 tmpfs {state_dir} && exec "$@"'
        cloud = Cloud(home, "qemu", prefix=[*_namespace(), "sh", "-c", mount, "sh"])
        try:
            cloud.start()
            cloud.sign_in()
            yield cloud
        finally:
            cloud.close()


def inside(cloud: Cloud) -> Path:
    """Return the state directory as its daemon sees it."""
    assert cloud.daemon is not None
    return Path(f"/proc/{cloud.daemon.pid}/root{cloud.state_dir}")


def free_bytes(cloud: Cloud) -> int:
    disk = os.statvfs(inside(cloud))
    return disk.f_bavail * disk.f_frsize


def fill(cloud: Cloud, leave_bytes: int = 0) -> Path:
    """Leave that much room."""
    filler = inside(cloud) / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free_bytes(cloud) - leave_bytes)
    return filler


def test_an_image_that_does_not_fit_is_refused_and_leaves_no_part_of_it(
    small_disk: Cloud, tmp_path: Path
) -> None:
    large = tmp_path / "large"
    large.write_bytes(b"\1" * (SIZE_MIB * 2**20))
    before = free_bytes(small_disk)

    ran = small_disk.run("image-upload", "--file", str(large), "large")

    refusal(ran, 6, "no room|No space|disk")
    assert small_disk.json("image-list") == []
    assert list((inside(small_disk) / "images").iterdir()) == []
    assert free_bytes(small_disk) >= before - 2**20  # the database may have grown


def test_a_server_whose_disk_does_not_fit_fails_and_leaves_nothing_else(
    small_disk: Cloud,
) -> None:
    small_disk.text("image-upload", "--file", str(TINY), "tiny")
    small_disk.text("flavor-create", "diskless", "auto", "128", "0", "1")  # claims no disk
    filler = fill(small_disk, leave_bytes=8 * 2**20)

    ran = small_disk.run("boot", "--flavor", "diskless", "--image", "tiny", "--poll", "web")

    assert ran.returncode == 9
    assert "step 19, compute agent: " in ran.stderr
    assert [row["status"] for row in small_disk.json("list")] == ["ERROR"]
    left = [str(path) for path in inside(small_disk).rglob("*") if path.is_file()]
    assert not [one for one in left if "/qemu/" in one or "/holds/" in one or ".part" in one]
    assert small_disk.machine_pids() == []
    assert small_disk.json("port-list") == []
    filler.unlink()
    small_disk.text("delete", "--wait", "web")
    assert small_disk.json("audit") == []


def test_a_database_without_room_refuses_and_recovers(small_disk: Cloud) -> None:
    fill(small_disk)

    refused = [small_disk.run("network-create", f"{number:0200}") for number in range(8)]

    codes = {ran.returncode for ran in refused}  # what fits into the last page is taken
    made = sum(ran.returncode == 0 for ran in refused)
    assert 6 in codes
    assert codes <= {0, 6}, [ran.stderr for ran in refused]
    assert all("Traceback" not in ran.stderr for ran in refused)
    (inside(small_disk) / "filler").unlink()
    assert len(small_disk.json("network-list")) == 1 + made
    small_disk.text("network-create", "after")
