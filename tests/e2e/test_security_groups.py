"""Security groups with real guests on the bridge network: what they let in, and what they cut."""

from __future__ import annotations

import os
import selectors
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.cloud import BIN, TINY, Cloud, Ran, running_cloud
from tests.support.waiting import eventually

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="bridges are root's to make, and this is another user"
)

BOOT_TIMEOUT_S = 180
IN_FORCE_S = 5.0
QUIET_S = 1.5
CUT_S = 15.0
SSH_IN = ("secgroup-rule-create", "--protocol", "tcp", "--dst-port", "22")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud with two guests: ``web`` in the group of that name, ``peer`` in the default one."""
    key = tmp_path_factory.mktemp("key") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    with running_cloud("qemu", "--network-driver", "bridge") as cloud:
        cloud.text("image-upload", "--file", str(TINY), "--min-ram", "96", "tiny")
        cloud.text("keypair-add", "--pub-key", f"{key}.pub", "mine")
        cloud.text("secgroup-create", "web")
        cloud.text(*SSH_IN, "web")
        cloud.text(*SSH_IN, "default")
        boot = ("boot", "--flavor", "m1.nano", "--image", "tiny", "--key-name", "mine", "--poll")
        cloud.text(*boot, "--security-groups", "web", "web")
        cloud.text(*boot, "peer")
        for name in ("web", "peer"):
            assert eventually(
                lambda name=name: "tiny: started" in cloud.text("console-log", name),
                BOOT_TIMEOUT_S,
            )
        (cloud.home / "key").symlink_to(key)
        yield cloud


def ssh_words(cloud: Cloud, server: str, *command: str) -> list[str]:
    key = str(cloud.home / "key")
    return ["ssh", "--login", "root", "-i", key, server, "--", *command]


def ssh(cloud: Cloud, server: str, *command: str) -> Ran:
    """Run a command in a guest; the way there is a tunnel into its network."""
    return cloud.run(*ssh_words(cloud, server, *command), timeout_s=90)


def ping(cloud: Cloud) -> bool:
    """Tell whether ``peer`` reaches ``web`` by ICMP."""
    address = cloud.json("show", "web")["addresses"][0]["address"]
    return ssh(cloud, "peer", f"ping -c 1 -W 1 {address}").returncode == 0


def rules(cloud: Cloud, group: str) -> dict[tuple[str, str | None], str]:
    """Return the ids of a group's rules for what comes in by IPv4, by protocol."""
    return {
        (rule["direction"], rule["protocol"]): rule["id"]
        for rule in cloud.json("secgroup-rule-list", group)
        if rule["ether_type"] == "IPv4"
    }


@contextmanager
def talking_session(cloud: Cloud) -> Iterator[subprocess.Popen[bytes]]:
    """Give an SSH session to ``web`` that says something five times a second."""
    session = subprocess.Popen(
        [BIN / "vmctl", *ssh_words(cloud, "web", "while echo here; do sleep 0.2; done")],
        env=cloud.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield session
    finally:
        session.kill()
        session.communicate()


def says_something(session: subprocess.Popen[bytes], timeout_s: float) -> bool:
    """Tell whether anything comes from a session in a while."""
    assert session.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(session.stdout, selectors.EVENT_READ)
        return bool(selector.select(timeout_s)) and bool(os.read(session.stdout.fileno(), 4096))


def test_ssh_is_let_in_and_ping_refused_and_the_other_way_round_after_a_change(
    cloud: Cloud,
) -> None:
    assert ssh(cloud, "web", "true").returncode == 0
    assert not ping(cloud)

    with talking_session(cloud) as session:
        assert says_something(session, 30)
        cloud.text("secgroup-rule-create", "--protocol", "icmp", "web")
        cloud.text("secgroup-rule-delete", rules(cloud, "web")["ingress", "tcp"])

        assert eventually(lambda: ping(cloud), IN_FORCE_S)
        assert eventually(lambda: not says_something(session, QUIET_S), CUT_S)
    refused = cloud.run("tunnel", "web", "22", timeout_s=60)
    assert refused.returncode != 0


def test_a_rule_for_a_group_is_for_what_is_in_it_now(cloud: Cloud) -> None:
    icmp = rules(cloud, "web").get(("ingress", "icmp"))
    if icmp:
        cloud.text("secgroup-rule-delete", icmp)
    assert eventually(lambda: not ping(cloud), IN_FORCE_S)

    cloud.text("secgroup-create", "friends")
    cloud.text("secgroup-rule-create", "--protocol", "icmp", "--remote-group", "friends", "web")
    assert not ping(cloud)
    cloud.text("add-secgroup", "peer", "friends")
    assert eventually(lambda: ping(cloud), IN_FORCE_S)
    cloud.text("remove-secgroup", "peer", "friends")

    assert eventually(lambda: not ping(cloud), IN_FORCE_S)
    assert [group["name"] for group in cloud.json("list-secgroup", "peer")] == ["default"]


def test_a_group_that_a_server_is_in_is_not_deleted(cloud: Cloud) -> None:
    refused = cloud.run("-f", "json", "secgroup-delete", "web")

    assert refused.returncode == 5
    assert cloud.json("show", "web")["id"] in refused.stderr


def test_nothing_of_it_is_left(cloud: Cloud) -> None:
    cloud.text("delete", "--wait", "web", "peer")

    assert list((cloud.state_dir / "network").iterdir()) == []
    cloud.text("network-delete", "private")  # takes the hosts' own port along
    assert cloud.leftovers() == []
