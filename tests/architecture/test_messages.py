"""Every message of the bus can travel, and nobody can change it on its way."""

from __future__ import annotations

import dataclasses

import pytest

from tests.support.filled import filled
from vmctld.bus.codec import decode_message, encode_message
from vmctld.compute import messages

MESSAGES = [
    kind
    for kind in vars(messages).values()
    if isinstance(kind, type) and kind.__module__ == messages.__name__
]


def test_the_module_of_messages_has_nothing_else() -> None:
    assert len(MESSAGES) > 20
    assert all(dataclasses.is_dataclass(kind) for kind in MESSAGES)


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_a_message_comes_back_from_its_journey_as_it_was(kind: type) -> None:
    message = filled(kind)

    assert decode_message(encode_message(message)) == message


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_a_message_cannot_be_changed(kind: type) -> None:
    message = filled(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    if not names:
        return  # says all by its name

    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(message, names[0], None)
