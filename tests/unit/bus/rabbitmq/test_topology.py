"""What the queues are called: operators and permissions rely on it."""

from __future__ import annotations

from vmctld.bus.rabbitmq.topology import Topology


def test_names_carry_a_version() -> None:
    topology = Topology()

    assert topology.work("agent.web-1") == "vmctl.v1.agent.web-1"
    assert topology.calls("conductor") == "vmctl.v1.conductor.calls"
    assert topology.reply("1") == "vmctl.v1.reply.1"
    assert topology.topics("1") == "vmctl.v1.fanout.1"
    assert topology.fanout == "vmctl.v1.fanout"
    assert topology.dead_letters == "vmctl.v1.dead-letters"


def test_dead_letters_of_every_work_queue_go_to_the_one_queue() -> None:
    topology = Topology("other")

    assert topology.work_arguments()["x-dead-letter-routing-key"] == "other.dead-letters"
    assert topology.work_arguments()["x-queue-type"] == "quorum"
    assert "x-dead-letter-exchange" not in topology.dead_letter_arguments()
