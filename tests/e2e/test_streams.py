"""Stdout that is closed, Ctrl-C while waiting, and waits that end."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cloud import BIN, Cloud, running_cloud
from tests.support.waiting import eventually

HANG = "step=28;phase=before;do=hang=600"
HANG_TWICE = f"{HANG},{HANG};n=2"


@pytest.fixture(scope="module")
def slow_cloud(small_image: Path) -> Iterator[Cloud]:
    """A cloud in which no boot ends by itself."""
    with running_cloud("fake", "--enable-failpoints", "--failpoint", HANG_TWICE) as cloud:
        cloud.text("image-upload", "--file", str(small_image), "small")
        yield cloud


def test_a_closed_stdout_ends_a_command_silently(cloud: Cloud) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ran = subprocess.run(
            [BIN / "vmctl", "flavor-list"],
            env=cloud.environment(),
            stdout=writer,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    finally:
        os.close(writer)

    assert (ran.returncode, ran.stderr) == (141, b"")


def test_a_reader_that_wants_one_line_gets_it(cloud: Cloud) -> None:
    ran = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {BIN}/vmctl flavor-list | head -1"],
        env=cloud.environment(),
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode in (0, 141)  # small output may be written before head has left
    assert ran.stdout.startswith(b"+--")
    assert ran.stderr == b""


def test_ctrl_c_in_a_poll_tells_what_goes_on(slow_cloud: Cloud) -> None:
    polling = subprocess.Popen(
        [BIN / "vmctl", "boot", "--flavor", "m1.nano", "--image", "small", "--poll", "web"],
        env=slow_cloud.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert eventually(lambda: slow_cloud.json("list"), 30)

    polling.send_signal(signal.SIGINT)
    stdout, stderr = polling.communicate(timeout=30)

    (server,) = slow_cloud.json("list")
    assert (polling.returncode, stdout) == (130, "")
    assert f"interrupted: the daemon goes on building web ({server['id']})" in stderr
    assert server["status"] == "BUILD"


def test_ctrl_c_in_a_console_is_a_quiet_end(cloud: Cloud) -> None:
    cloud.text("boot", "--flavor", "m1.nano", "--image", "small", "--poll", "talking")
    console = subprocess.Popen(
        [BIN / "vmctl", "console", "talking"],
        env=cloud.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert console.stdin is not None
    assert console.stdout is not None
    console.stdin.write(b"hello\n")
    console.stdin.flush()
    console.stdout.read(1)  # what the guest says: the line is open

    console.send_signal(signal.SIGINT)
    console.communicate(timeout=30)
    cloud.text("delete", "--wait", "talking")  # the daemon goes on

    assert console.returncode == 130
    assert "Exception iterating" not in cloud.log
    assert "Traceback" not in cloud.log


def test_a_wait_ends_at_its_timeout_and_the_build_goes_on(slow_cloud: Cloud) -> None:
    asked = ("boot", "--flavor", "m1.nano", "--image", "small", "--quiet", "second")

    ran = slow_cloud.run(*asked, "--poll", "--timeout", "2")

    assert ran.returncode == 8
    assert "has not settled after 2 s" in ran.stderr
    assert "the daemon goes on with it" in ran.stderr
    assert {row["status"] for row in slow_cloud.json("list")} == {"BUILD"}


def test_output_in_a_pipe_has_no_control_codes(cloud: Cloud) -> None:
    asked = ("boot", "--flavor", "m1.nano", "--image", "small", "--trace", "web")

    ran = cloud.run(*asked)

    assert ran.returncode == 0
    assert "\x1b" not in ran.stdout + ran.stderr
    assert "\r" not in ran.stdout + ran.stderr
    assert [line[:2].strip() for line in ran.stdout.splitlines()[:28]] == [
        str(number) for number in range(1, 29)
    ]
