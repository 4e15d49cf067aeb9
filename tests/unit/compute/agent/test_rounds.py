from __future__ import annotations

import pytest

from tests.support.cloud import eventually
from tests.unit.compute.agent.parts import OneAgent
from vmctld.compute import messages as m
from vmctld.compute.agent import rounds as rounds_module
from vmctld.compute.agent.client import ConductorClient
from vmctld.compute.agent.rounds import Rounds


def _rounds(one: OneAgent) -> Rounds:
    return Rounds([one.agent], ConductorClient(one.bus, one.pauses.append))


def test_hosts_report_and_adopt_before_the_daemon_is_ready(one: OneAgent) -> None:
    one.build()
    one.bus.asked.clear()
    rounds = _rounds(one)

    rounds.start()
    rounds.stop()

    assert [type(message) for message in one.bus.asked] == [m.HostsReport, m.Reconcile]


def test_an_exit_is_told_from_the_start_on(one: OneAgent) -> None:
    one.build()
    rounds = _rounds(one)
    rounds.start()

    one.driver.crash(one.instance.id)
    rounds.stop()

    assert len(one.bus.told_of(m.PowerChanged)) == 1


def test_a_round_that_fails_is_followed_by_the_next(
    one: OneAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds_module, "REPORT_EVERY_S", 0.001)
    rounds = _rounds(one)
    rounds.start()
    one.bus.failures = {m.HostsReport: [ValueError("a bug")]}

    eventually(lambda: not one.bus.failures[m.HostsReport], "a round failed")
    count = len(one.bus.told_of(m.HostsReport))
    eventually(lambda: len(one.bus.told_of(m.HostsReport)) > count, "and another came")
    rounds.stop()


def test_machines_are_looked_after_every_few_rounds(
    one: OneAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds_module, "REPORT_EVERY_S", 0.001)
    one.build()
    rounds = _rounds(one)

    rounds.start()
    eventually(lambda: len(one.bus.told_of(m.Reconcile)) > 1, "they were looked after again")
    rounds.stop()
