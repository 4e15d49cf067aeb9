"""One bad rule does not keep the others from being enforced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import pytest

from tests.support.cards import ALL_OUT, SSH_IN, make_card
from vmctld.domain.firewall import Direction, EtherType, GuardRule
from vmctld.errors import HypervisorFailed
from vmctld.host.network import enforcing
from vmctld.host.network.conntrack import Flow
from vmctld.host.network.enforcing import enforce
from vmctld.host.network.names import tap_of
from vmctld.host.network.namespace import Namespace

BAD = GuardRule(Direction.INGRESS, EtherType.IPV4, "bogus")
WORSE = GuardRule(Direction.INGRESS, EtherType.IPV4, remote=("not-an-address",))


class Kernel(Namespace):
    """A namespace whose kernel does not take a word, and keeps what it is given."""

    taken: ClassVar[list[str]] = []

    def run(self, words: Sequence[str], text: str = "") -> str:
        if "bogus" in text or "fa:16:3e:00:00:66" in text:
            raise HypervisorFailed("nft ended with 1", code="host-network-failed")
        if "-c" not in words:
            self.taken.append(text)
        return ""


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    monkeypatch.setattr(Kernel, "taken", [])
    monkeypatch.setattr(enforcing, "cut", lambda *_: None)
    return Kernel("n1")


def test_all_is_enforced_at_once(kernel: Kernel) -> None:
    enforce(kernel, [make_card(1).guard, make_card(2).guard], {})

    (text,) = kernel.taken
    assert text.count("th dport 22-22 accept") == 2


@pytest.mark.parametrize("bad", [BAD, WORSE])
def test_a_rule_that_is_not_taken_is_left_out_alone(kernel: Kernel, bad: GuardRule) -> None:
    guards = [replace(make_card(1).guard, rules=(ALL_OUT, bad, SSH_IN)), make_card(2).guard]

    enforce(kernel, guards, {})

    (text,) = kernel.taken
    assert text.count("th dport 22-22 accept") == 2
    assert "bogus" not in text


def test_a_port_that_is_not_taken_sends_and_gets_nothing(kernel: Kernel) -> None:
    broken = replace(make_card(1).guard, mac="fa:16:3e:00:00:66")
    sound = make_card(2).guard

    enforce(kernel, [broken, sound], {})

    (text,) = kernel.taken
    assert tap_of(broken.port_id) not in text
    assert f"jump in-{tap_of(sound.port_id)}" in text


def test_when_nothing_is_taken_it_is_said(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: Kernel, _words: Sequence[str], _text: str = "") -> str:
        raise HypervisorFailed("nft ended with 1", code="host-network-failed")

    monkeypatch.setattr(Kernel, "run", refuse)

    with pytest.raises(HypervisorFailed):
        enforce(kernel, [make_card(1).guard], {})


def test_only_what_the_rules_do_not_allow_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    guard = make_card(1).guard
    (address,) = guard.addresses
    ssh, web = (Flow("192.0.2.7", address, 6, 40000, port) for port in (22, 80))
    gone: list[Flow] = []
    monkeypatch.setattr(Namespace, "call", lambda _self, work: work())
    monkeypatch.setattr(enforcing.conntrack, "flows", lambda: [ssh, web])
    monkeypatch.setattr(enforcing.conntrack, "cut", lambda flows: len(gone.extend(flows) or gone))

    enforcing.cut(Namespace("n1"), [guard], {})

    assert gone == [web]
