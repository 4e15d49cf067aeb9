"""``get-vnc-console`` and ``get-serial-console``."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import console_pb2

URL = "http://127.0.0.1:6080/vnc?token=secret"
VNC = ("get-vnc-console", "web1", "novnc")
SERIAL = ("get-serial-console", "web1")


@pytest.fixture(autouse=True)
def _console(cloud: FakeCloud) -> None:
    made = console_pb2.Console(url=URL)
    made.expires_at.FromJsonString("2026-01-02T03:14:05Z")
    cloud.answers["CreateConsole"] = lambda request: console_pb2.Console(
        type=request.type, url=made.url, expires_at=made.expires_at
    )


def test_a_screen_is_novas_table(vmctl: Vmctl, cloud: FakeCloud) -> None:
    lines = vmctl(*VNC).out.splitlines()

    assert [word.strip() for word in lines[1].strip("|").split("|")] == ["Type", "Url"]
    assert [word.strip() for word in lines[3].strip("|").split("|")] == ["novnc", URL]
    asked = cloud.last(console_pb2.CreateConsoleRequest)
    assert (asked.instance, asked.type) == ("web1", "novnc")


def test_a_console_is_one_thing_for_scripts(vmctl: Vmctl) -> None:
    assert json.loads(vmctl(*SERIAL, "-f", "json").out) == {
        "type": "serial",
        "url": URL,
        "expires_at": "2026-01-02T03:14:05Z",
    }


@pytest.mark.parametrize("command", [VNC, SERIAL])
def test_the_url_alone_is_there_for_scripts(vmctl: Vmctl, command: tuple[str, ...]) -> None:
    assert vmctl(*command, "--quiet").out == f"{URL}\n"


@pytest.mark.parametrize(
    "command",
    [("get-vnc-console", "web1", "xvpvnc"), (*SERIAL, "--console-type", "telnet")],
)
def test_a_kind_that_there_is_not_is_wrong_usage(vmctl: Vmctl, command: tuple[str, ...]) -> None:
    assert vmctl(*command).code == 2
