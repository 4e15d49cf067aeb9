"""Commands that were given while the daemon was away are done when it is back."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.e2e.cloud import BIN, Cloud, running_cloud
from tests.support.waiting import eventually


def _begun(cloud: Cloud, *arguments: str) -> subprocess.Popen[str]:
    """Start ``vmctl``; what it says goes into a file of its command's name."""
    with (cloud.home / arguments[0]).open("w") as stderr:
        return subprocess.Popen(
            [BIN / "vmctl", "--debug", *arguments],
            env=cloud.environment(),
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            text=True,
        )


def test_a_boot_and_a_delete_wait_for_a_daemon_that_was_killed(small_image: Path) -> None:
    with running_cloud("fake") as cloud:
        cloud.text("image-upload", "--file", str(small_image), "small")
        cloud.text("boot", "--flavor", "m1.nano", "--image", "small", "--poll", "old")
        cloud.kill()

        commands = [
            _begun(cloud, "boot", "--flavor", "m1.nano", "--image", "small", "new"),
            _begun(cloud, "delete", "old"),
        ]
        for word in ("boot", "delete"):
            assert eventually(lambda word=word: "no-daemon" in (cloud.home / word).read_text())
        cloud.start()

        assert [command.wait(60) for command in commands] == [0, 0]
        assert eventually(lambda: [one["name"] for one in cloud.json("list")] == ["new"])
