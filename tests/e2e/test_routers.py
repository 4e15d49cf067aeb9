"""Routers, floating IPs and hot-plugged cards, with a real guest and an outside of its own."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.cloud import TINY, Cloud, refusal, running_cloud
from tests.e2e.test_bridge import ssh
from tests.support.waiting import eventually

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="bridges are root's to make, and this is another user"
)

BOOT_TIMEOUT_S = 180
CHANGE_TIMEOUT_S = 30  # it takes some 100 ms; the rest is for a busy machine
BRIDGE = f"vx{os.getpid()}"
GATEWAY, FLOATING = "203.0.113.1", "203.0.113.77"
# Says what the SSH server says first, or fails
GREET = "import socket; s = socket.create_connection(('{}', 22), 3); print(s.recv(7).decode())"
# Holds a connection: a line on stdin has it look whether the other end still answers
HOLD = """
import socket, sys
s = socket.create_connection(('{}', 22), 5)
s.settimeout(2)
def hears():
    try:
        s.recv(4096)
    except OSError:
        return False
    return True
while hears():  # its greeting, all of it
    pass
print('held', flush=True)
sys.stdin.readline()
s.sendall(b'SSH-2.0-nobody\\r\\nnonsense\\r\\n' + bytes(4096))
print('answered' if hears() else 'silent', flush=True)
"""


def host(*command: str) -> None:
    """Do something to the host's own network."""
    subprocess.run(command, check=True, capture_output=True)


@dataclass
class Outside:
    """A namespace that stands for the rest of the world, on the bridge that leads there."""

    namespace: str = f"outside-{os.getpid()}"

    def run(self, code: str) -> subprocess.CompletedProcess[str]:
        """Run some Python out there."""
        command = ["ip", "netns", "exec", self.namespace, sys.executable, "-c", code]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    def is_greeted(self, address: str) -> bool:
        """Return whether an SSH server answers at the address."""
        return "SSH-2.0" in self.run(GREET.format(address)).stdout


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    made = Outside()
    with ExitStack() as undo:
        host("ip", "link", "add", BRIDGE, "type", "bridge")
        undo.callback(host, "ip", "link", "del", BRIDGE)
        host("ip", "link", "set", BRIDGE, "up")
        host("ip", "netns", "add", made.namespace)
        undo.callback(host, "ip", "netns", "del", made.namespace)
        end = f"{BRIDGE}o"
        host("ip", "link", "add", end, "type", "veth", "peer", "eth0", "netns", made.namespace)
        host("ip", "link", "set", end, "master", BRIDGE, "up")
        host("ip", "-n", made.namespace, "addr", "add", f"{GATEWAY}/24", "dev", "eth0")
        host("ip", "-n", made.namespace, "link", "set", "eth0", "up")
        yield made


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, outside: Outside) -> Iterator[Cloud]:
    """A cloud with a guest on ``private``, and a router from there to the outside."""
    key = tmp_path_factory.mktemp("key") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    with running_cloud("qemu", "--network-driver", "bridge") as cloud:
        cloud.text("image-upload", "--file", str(TINY), "--min-ram", "96", "tiny")
        cloud.text("keypair-add", "--pub-key", f"{key}.pub", "mine")
        cloud.text("secgroup-rule-create", "--protocol", "tcp", "--dst-port", "22", "default")
        cloud.text("network-create", "--external", "--physical", BRIDGE, "public")
        cloud.text("subnet-create", "--gateway", GATEWAY, "public", "203.0.113.0/24")
        cloud.text("router-create", "--external-gateway", "public", "edge")
        cloud.text("router-add-subnet", "edge", "private")
        cloud.text(
            *("boot", "--flavor", "m1.nano", "--image", "tiny", "--key-name", "mine"),
            *("--poll", "web"),
        )
        (cloud.home / "key").symlink_to(key)
        assert eventually(
            lambda: "tiny: started" in cloud.text("console-log", "web"), BOOT_TIMEOUT_S
        )
        yield cloud
        cloud.run("delete", "--wait", "web")
        cloud.stop()
        for name in _routers(cloud):  # of a test that failed in the middle
            host("ip", "netns", "del", name)


def test_a_guest_reaches_the_outside_through_its_router(cloud: Cloud) -> None:
    reached = ssh(cloud, "web", f"ping -c 3 -W 5 {GATEWAY}")

    assert reached.returncode == 0, reached.stdout + reached.stderr + cloud.log[-3000:]


def test_a_floating_ip_is_reached_from_outside_until_it_leads_nowhere(
    cloud: Cloud, outside: Outside
) -> None:
    cloud.text("floating-ip-create", "--floating-ip-address", FLOATING, "public")
    assert not outside.is_greeted(FLOATING)

    led = cloud.json("floating-ip-associate", "web", FLOATING)

    assert led["fixed_address"] == cloud.json("show", "web")["addresses"][0]["address"]
    assert eventually(lambda: outside.is_greeted(FLOATING), CHANGE_TIMEOUT_S)
    with subprocess.Popen(
        ["ip", "netns", "exec", outside.namespace, sys.executable, "-c", HOLD.format(FLOATING)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as held:
        assert held.stdout is not None
        assert held.stdout.readline() == "held\n"
        cloud.text("floating-ip-disassociate", "web", FLOATING)
        assert eventually(lambda: not outside.is_greeted(FLOATING), CHANGE_TIMEOUT_S)
        said, _ = held.communicate("now\n", timeout=30)
    assert said == "silent\n"


def test_what_is_in_use_is_not_taken_away(cloud: Cloud) -> None:
    cloud.text("floating-ip-associate", "web", FLOATING)

    for command in (
        ("router-delete", "edge"),
        ("router-unset", "--external-gateway", "edge"),
        ("router-remove-subnet", "edge", "private"),
        ("network-delete", "public"),
    ):
        refusal(cloud.run(*command), 5, "still has ports|required by|in use")


def test_a_router_that_is_gone_is_made_again(cloud: Cloud, outside: Outside) -> None:
    assert eventually(lambda: outside.is_greeted(FLOATING), CHANGE_TIMEOUT_S)
    cloud.kill()
    assert outside.is_greeted(FLOATING)  # nobody notices that the daemon is away
    for name in _routers(cloud):
        host("ip", "netns", "del", name)
    assert not outside.is_greeted(FLOATING)

    cloud.start()

    assert eventually(lambda: outside.is_greeted(FLOATING), CHANGE_TIMEOUT_S)


def test_a_hot_plugged_card_gets_its_address_and_can_be_taken_out(cloud: Cloud) -> None:
    cloud.text("network-create", "backend")
    cloud.text("subnet-create", "--name", "backend", "backend", "10.99.0.0/24")

    (card,) = cloud.json("interface-attach", "--poll", "--net-id", "backend", "web")

    address = card["fixed_ips"][0]["address"]
    asked = ssh(cloud, "web", "ip link set eth1 up && udhcpc -i eth1 -n -q && ip addr show eth1")
    assert f"inet {address}/24" in asked.stdout, asked.stdout + asked.stderr
    assert card["mac_addr"] in asked.stdout
    listed = cloud.json("interface-list", "web")
    assert {one["port_id"] for one in listed} > {card["port_id"]}
    drawn = cloud.text("network-topology")
    assert f"server web {address}" in drawn
    cloud.text("interface-detach", "--poll", "web", card["port_id"])
    assert ssh(cloud, "web", "ip link show eth1").returncode != 0
    assert len(cloud.json("interface-list", "web")) == 1
    cloud.text("network-delete", "backend")


def test_nothing_of_a_router_is_left_on_its_host(cloud: Cloud) -> None:
    cloud.text("floating-ip-delete", FLOATING)
    cloud.text("router-remove-subnet", "edge", "private")
    cloud.text("router-delete", "edge")

    assert eventually(lambda: _routers(cloud) == [], CHANGE_TIMEOUT_S)
    cloud.text("network-delete", "public")


def _routers(cloud: Cloud) -> list[str]:
    """Return the namespaces of this cloud's routers, and of no other's on this machine."""
    owner = hashlib.sha256(str((cloud.state_dir / "network").resolve()).encode()).hexdigest()[:6]
    names = [path.name for path in Path("/run/netns").iterdir()]
    return [name for name in names if name.startswith(f"vmctl-{owner}-r")]
