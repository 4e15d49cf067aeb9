"""I4, I7, I9: leaks among machines and files."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.planted.site import Planted, Site, an_id, any_row, insert, one


def stray_fake_machine(site: Site) -> Planted:
    """A fake machine runs for an instance that never was."""
    name = f"fake/{site.instance()['host']}/{an_id()}.1.RUNNING"
    site.file(name)
    return Planted("I7", name)


def lost_fake_machine(site: Site) -> Planted:
    """A fake machine is gone, and its instance is ACTIVE (I4); seen after a restart."""
    directory = site.state_dir / "fake" / site.instance()["host"]
    for path in directory.glob(f"{site.instance_id}.*"):
        path.unlink()
    return Planted("I4", site.instance_id)


OPEN_TIMEOUT_S = 20.0


@contextmanager
def stray_qemu(
    site: Site, instance_id: str | None = None
) -> Iterator[tuple[Planted, subprocess.Popen[bytes]]]:
    """A QEMU runs on the files of a machine that is not its own (I4).

    Without ``instance_id`` those of an instance that never was, deleted by now; with it a
    second QEMU beside the instance's own.
    """
    program = shutil.which("qemu-system-x86_64")
    assert program is not None, "there is no QEMU here"
    uuid = instance_id or an_id()
    path = site.file(f"qemu/machines/{uuid}/planted.log")
    bare = ["-machine", "none", "-nodefaults", "-display", "none", "-S", "-uuid", uuid]
    qemu = subprocess.Popen([program, *bare, "-chardev", f"file,id=planted,path={path}"])
    try:
        _wait_until_open(qemu.pid, path)
        if instance_id is None:
            shutil.rmtree(path.parent)
        yield Planted("I4", str(qemu.pid)), qemu
    finally:
        qemu.kill()
        qemu.wait()
        path.unlink(missing_ok=True)


def _wait_until_open(pid: int, path: Path) -> None:
    until_s = time.monotonic() + OPEN_TIMEOUT_S
    while not any(one.exists() and one.samefile(path) for one in Path(f"/proc/{pid}/fd").iterdir()):
        assert time.monotonic() < until_s, f"{path} was not opened"
        time.sleep(0.01)


def stray_image_file(site: Site) -> Planted:
    """A file lies in the image store that is of no image."""
    name = f"images/{an_id()}"
    site.file(name)
    return Planted("I7", name)


def stray_volume_file(site: Site) -> Planted:
    """A file lies among the volumes that is of no volume."""
    name = f"volumes/{an_id()}"
    site.file(name)
    return Planted("I7", name)


def half_made_file(site: Site) -> Planted:
    """A download broke off long ago, and nobody went on with it."""
    name = f"cache/{hashlib.sha256(b'planted').hexdigest()}.part"
    site.file(name)
    return Planted("I7", name)


def stray_hold(site: Site) -> Planted:
    """A copy of an image is held for an instance that never was."""
    name = f"cache/holds/{an_id()}"
    site.file(name)
    return Planted("I7", name)


def unneeded_copy(site: Site) -> Planted:
    """A copy is of an image that is gone; counts as left over two minutes after planting."""
    name = f"cache/{hashlib.sha256(b'planted').hexdigest()}"
    site.file(name)
    return Planted("I7", name)


def machine_directory(site: Site) -> Planted:
    """The disk of a machine is left of an instance that never was."""
    name = f"qemu/machines/{an_id()}"
    site.file(f"{name}/disk.qcow2")
    return Planted("I7", name)


def lost_image_file(site: Site) -> Planted:
    """An ACTIVE image has lost its file."""
    image_id = _an_image(site)
    (site.state_dir / "images" / image_id).unlink()
    return Planted("I9", image_id)


def short_image_file(site: Site) -> Planted:
    """The file of an ACTIVE image has lost its end."""
    image_id = _an_image(site)
    path = site.state_dir / "images" / image_id
    path.write_bytes(path.read_bytes()[:-1])
    return Planted("I9", image_id)


def flipped_image_bit(site: Site) -> Planted:
    """The file of an ACTIVE image has its size and other bytes: only a deep look tells."""
    image_id = _an_image(site)
    path = site.state_dir / "images" / image_id
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)
    return Planted("I9", image_id)


def overdue_image(site: Site) -> Planted:
    """The bytes of an image have not been coming for long."""
    return Planted("I9", _an_image(site, status="saving", updated_at=site.long_ago))


def _an_image(site: Site, **changes: Any) -> str:
    image_id = an_id()
    path = site.file(f"images/{image_id}")
    content = path.read_bytes()
    with site.database() as db:
        row = any_row(db, "images") | {
            "id": image_id,
            "name": "planted",
            "size_bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        insert(db, "images", row | changes)
        assert one(db, "images", "id", image_id)
    return image_id
