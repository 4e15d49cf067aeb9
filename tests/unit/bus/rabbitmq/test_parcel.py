"""Who hears of a parcel's fate."""

from __future__ import annotations

import pika

from vmctld.bus.rabbitmq.parcel import Parcel
from vmctld.errors import NotFound, VmctlError


def test_nobody_needs_to_listen() -> None:
    parcel = Parcel("queue", b"", pika.BasicProperties())

    parcel.confirm()
    parcel.fail(NotFound("gone"))


def test_those_who_listen_are_told() -> None:
    told: list[object] = []
    error: VmctlError = NotFound("gone")
    parcel = Parcel(
        "queue",
        b"",
        pika.BasicProperties(),
        on_confirmed=lambda: told.append("confirmed"),
        on_failed=told.append,
    )

    parcel.confirm()
    parcel.fail(error)

    assert told == ["confirmed", error]


def test_a_copy_has_properties_of_its_own() -> None:
    parcel = Parcel("queue", b"body", pika.BasicProperties(message_id="1"))

    copy = parcel.copied()
    copy.properties.message_id = "2"

    assert (copy.routing_key, copy.body) == ("queue", b"body")
    assert parcel.properties.message_id == "1"
