"""The process itself: exit codes that only a process can have, and what it imports."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.fake_cloud import FakeCloud
from tests.cli.messages import an_instance, building
from vmctl.v1 import compute_pb2

VMCTL = (sys.executable, "-m", "vmctl_cli.main")
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Start ``vmctl`` as a process."""
    monkeypatch.setenv("VMCTL_ENDPOINT", cloud.endpoint)
    monkeypatch.setenv("VMCTL_TOKEN", "vmt_0")

    def call(*arguments: str, **options: Any) -> subprocess.Popen[str]:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen([*VMCTL, *arguments], **{**pipes, **options})

    return call


def test_a_reader_that_left_ends_it_silently_with_141(start: Start, cloud: FakeCloud) -> None:
    cloud.answers["ListInstances"] = compute_pb2.ListInstancesResponse(
        instances=[an_instance(f"web{number}") for number in range(1000)]
    )
    reading, writing = os.pipe()
    os.close(reading)

    process = start("list", stdout=writing)
    os.close(writing)
    _, err = process.communicate(timeout=30)

    assert (process.returncode, err) == (141, "")


def test_ctrl_c_while_it_waits_ends_it_with_130(start: Start, cloud: FakeCloud) -> None:
    import threading

    release = threading.Event()
    cloud.answers["BootInstance"] = compute_pb2.BootInstanceResponse(instances=[building()])
    cloud.answers["WatchInstance"] = lambda _: iter(
        [compute_pb2.WatchInstanceResponse(instance=building()), release]
    )

    process = start("boot", "--flavor", "f", "--image", "i", "--poll", "web1")
    assert process.stderr is not None
    while "0% complete" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    release.set()

    assert (process.returncode, out) == (130, "")
    assert "interrupted: the daemon goes on building web1 (id-of-web1)" in err
    assert "Traceback" not in err


def test_help_imports_neither_grpc_nor_any_command() -> None:
    code = (
        "import sys; from vmctl_cli.run import run; run(['--help'])\n"
        "heavy = {'grpc', 'google.protobuf', 'keyring', 'yaml', 'rich', 'importlib.metadata'}\n"
        "found = heavy & set(sys.modules) | {n for n in sys.modules if '.commands' in n}\n"
        "sys.exit(str(found) if found else 0)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")


def test_list_with_a_token_imports_only_what_it_needs(cloud: FakeCloud) -> None:
    code = (
        "import sys; from vmctl_cli.run import run; code = run(['list'])\n"
        "heavy = {'keyring', 'yaml', 'rich', 'importlib.metadata', 'cryptography', 'tomllib',\n"
        "         'grpc_status', 'google.rpc', 'sqlmodel', 'vmctl_cli.output.csv_format'}\n"
        "found = heavy & set(sys.modules)\n"
        "sys.exit(str(found) if found or code else 0)"
    )
    environment = {**os.environ, "VMCTL_ENDPOINT": cloud.endpoint, "VMCTL_TOKEN": "vmt_0"}

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )

    assert (done.returncode, done.stderr) == (0, "")
