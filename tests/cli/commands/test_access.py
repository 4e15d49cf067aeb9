"""``ssh`` and ``console``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from tests.cli.messages import an_instance, building
from vmctl.v1 import compute_pb2


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would replace this process."""
    seen: list[list[str]] = []
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(os, "execv", lambda program, argv: seen.append([program, *argv]))
    return seen


def test_ssh_goes_through_the_forwarded_port_with_a_key_file_of_its_own(
    vmctl: Vmctl, cloud: FakeCloud, executed: list[list[str]], tmp_path: Path
) -> None:
    cloud.answers["GetInstance"] = an_instance(ssh_port=2222)

    assert vmctl("ssh", "web1").code == 0

    program, name, *argv = executed[0]
    assert (program, name, argv[:2], argv[-1]) == (
        "/usr/bin/ssh",
        "ssh",
        ["-p", "2222"],
        "tiny@id-of-web1",
    )
    assert "HostName=127.0.0.1" in argv
    assert f"UserKnownHostsFile={tmp_path}/config/known_hosts/id-of-web1" in argv
    assert "HostKeyAlias=id-of-web1" in argv
    assert "StrictHostKeyChecking=accept-new" in argv


def test_ssh_passes_login_identity_options_and_command_on(
    vmctl: Vmctl, cloud: FakeCloud, executed: list[list[str]]
) -> None:
    cloud.answers["GetInstance"] = an_instance(ssh_port=2222)

    vmctl(
        *("ssh", "--login", "ada", "-i", "key", "--extra-opts", "-o 'ProxyCommand=a b' -v"),
        *("web1", "--", "uname", "-a"),
    )

    expected = [
        *("-i", "key", "-o", "ProxyCommand=a b", "-v", "-o", "ConnectTimeout=30"),
        *("ada@id-of-web1", "uname", "-a"),
    ]
    assert executed[0][-len(expected) :] == expected


def test_ssh_to_a_server_on_a_bridge_goes_through_the_daemon(
    vmctl: Vmctl, cloud: FakeCloud, executed: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VMCTL_ENDPOINT", os.environ.get("VMCTL_ENDPOINT", ""))
    cloud.answers["GetInstance"] = an_instance()

    assert vmctl("ssh", "--port", "2200", "web1").code == 0

    (proxy,) = (word for word in executed[0] if word.startswith("ProxyCommand="))
    assert proxy.endswith(" tunnel id-of-web1 2200")
    assert "-p" not in executed[0]


def test_ssh_waits_for_a_guest_as_long_as_timeout_says(
    vmctl: Vmctl, cloud: FakeCloud, executed: list[list[str]]
) -> None:
    cloud.answers["GetInstance"] = an_instance(ssh_port=2222)

    vmctl("ssh", "--timeout", "2.5", "web1")

    assert "ConnectTimeout=2" in executed[0]


@pytest.mark.parametrize(
    ("server", "arguments", "code"),
    [
        (building(), (), 5),
        (an_instance(addresses=[]), (), 5),
        (an_instance(ssh_port=2222), ("--port", "80"), 7),
        (an_instance(ssh_port=2222), ("--login", "-oProxyCommand=x"), 2),
        (an_instance(ssh_port=2222), ("--extra-opts", "'"), 2),
        (an_instance(ssh_port=2222), ("--network", "x"), 7),
    ],
)
def test_what_cannot_be_reached_is_refused(
    vmctl: Vmctl,
    cloud: FakeCloud,
    executed: list[list[str]],
    server: Any,
    arguments: tuple[str, ...],
    code: int,
) -> None:
    cloud.answers["GetInstance"] = server

    assert vmctl("ssh", *arguments, "web1").code == code
    assert executed == []


def test_a_machine_without_ssh_is_told_what_to_install(
    vmctl: Vmctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)

    result = vmctl("ssh", "web1")

    assert result.code == 7
    assert "openssh-client" in result.err


def test_a_tunnel_joins_standard_input_and_output_to_a_port(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl("tunnel", "web1", "80", stdin="GET / exit\n")

    assert (result.code, result.out) == (0, "GET / EXIT\n")
    first = cloud.last(compute_pb2.OpenTunnelRequest)
    assert (first.instance, first.port) == ("web1", 80)


@pytest.mark.parametrize("port", ["0", "65536", "ssh"])
def test_a_port_that_is_none_is_refused(vmctl: Vmctl, port: str) -> None:
    assert vmctl("tunnel", "web1", port).code == 2


def test_a_pipe_into_the_console_is_typed_and_the_answer_printed(
    vmctl: Vmctl, cloud: FakeCloud
) -> None:
    result = vmctl("console", "web1", stdin="uptime\nexit\n")

    assert (result.code, result.out) == (0, "login: UPTIME\nEXIT\n")
    assert cloud.last(compute_pb2.OpenConsoleRequest).instance == "web1"


def test_the_console_is_left_when_the_guest_is_quiet(
    vmctl: Vmctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vmctl_cli.terminal.QUIET_S", 0.2)

    assert vmctl("console", "web1", stdin="uptime\n").out == "login: UPTIME\n"


def test_with_a_timeout_the_console_stays_until_then(vmctl: Vmctl) -> None:
    result = vmctl("console", "--timeout", "0.5", "web1")

    assert (result.code, result.out) == (0, "login: ")
