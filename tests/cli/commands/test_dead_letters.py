"""``dead-letters``, ``dead-letters-replay``, ``dead-letters-delete``."""

from __future__ import annotations

import json

import grpc
import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import Failure, FakeCloud
from vmctl.v1 import operator_pb2 as pb

LETTERS = [
    pb.DeadLetter(
        id="l1",
        address="agent.host-1",
        message="BuildInstance",
        instance_id="i1",
        request_id="req-1",
        code="internal",
        reason="it broke",
        replayable=True,
    ),
    pb.DeadLetter(id="l2", address="conductor", message="Unreadable", code="malformed-message"),
]


@pytest.fixture(autouse=True)
def _letters(cloud: FakeCloud) -> None:
    cloud.answers["ListDeadLetters"] = pb.ListDeadLettersResponse(letters=LETTERS)
    cloud.answers["ReplayDeadLetter"] = lambda request: LETTERS[0]


def test_letters_are_listed_with_their_reasons(vmctl: Vmctl) -> None:
    result = vmctl("dead-letters")

    assert result.code == 0
    row = next(line for line in result.out.splitlines() if "l1" in line)
    assert row.split()[1:12:2] == ["l1", "-", "agent.host-1", "BuildInstance", "i1", "it"]


def test_a_script_gets_every_field(vmctl: Vmctl) -> None:
    first, second = json.loads(vmctl("dead-letters", "-f", "json").out)

    assert first == {
        "id": "l1",
        "died_at": None,
        "address": "agent.host-1",
        "message": "BuildInstance",
        "instance_id": "i1",
        "request_id": "req-1",
        "code": "internal",
        "reason": "it broke",
        "replayable": True,
    }
    assert (second["instance_id"], second["replayable"]) == (None, False)


def test_letters_are_sent_again_one_by_one(vmctl: Vmctl, cloud: FakeCloud) -> None:
    overtaken = Failure(grpc.StatusCode.FAILED_PRECONDITION, "dead-letter-overtaken", "too late")
    cloud.fail("ReplayDeadLetter", overtaken)

    result = vmctl("dead-letters-replay", "l0", "l1")

    assert result.code == 5
    assert result.err.splitlines() == [
        "ERROR (WrongState): too late",
        "BuildInstance for agent.host-1 was sent again.",
    ]


def test_all_are_those_that_can_be_sent_again(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert vmctl("dead-letters-replay", "--all").code == 0
    assert cloud.methods() == ["ListDeadLetters", "ReplayDeadLetter"]
    assert cloud.last(pb.ReplayDeadLetterRequest).id == "l1"


@pytest.mark.parametrize("arguments", [(), ("--all", "l1")])
def test_what_to_send_again_is_said_in_one_way(
    vmctl: Vmctl, cloud: FakeCloud, arguments: tuple[str, ...]
) -> None:
    assert vmctl("dead-letters-replay", *arguments).code == 2
    assert cloud.methods() == []


def test_letters_are_forgotten(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert vmctl("dead-letters-delete", "l1", "l2").code == 0
    assert cloud.methods() == ["DeleteDeadLetter"] * 2
