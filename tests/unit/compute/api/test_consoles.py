from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.instances import an_instance
from vmctld.compute.api.consoles import MAX_LOG_BYTES, Consoles, OnEnd
from vmctld.domain.instance import VmState
from vmctld.errors import WrongState

OUTPUT = b"one\r\ntwo\r\nlogin: "


class Agents:
    """The agents' own service."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, int]] = []

    def read_console(self, host: str, instance_id: str, max_bytes: int) -> bytes:
        """Return what a guest wrote."""
        self.asked.append((host, instance_id, max_bytes))
        return OUTPUT[-max_bytes:]

    def attach_console(
        self, host: str, instance_id: str, typed: Iterator[bytes], on_end: OnEnd
    ) -> Iterator[bytes]:
        """Echo."""
        yield from typed

    def open_display(
        self, host: str, instance_id: str, sent: Iterator[bytes], on_end: OnEnd
    ) -> Iterator[bytes]:
        """Greet."""
        yield from (b"", f"RFB of {instance_id} on {host}".encode())


def _active(**changes: Any) -> Any:
    return an_instance(**{"vm_state": VmState.ACTIVE, "host": "a", **changes})


@pytest.mark.parametrize(("lines", "shown"), [(0, OUTPUT), (1, b"login: "), (99, OUTPUT)])
def test_the_last_lines_of_a_log_are_shown(lines: int, shown: bytes) -> None:
    assert Consoles(Agents()).log(_active(), lines) == shown


def test_no_more_is_fetched_than_a_message_holds() -> None:
    agents = Agents()

    Consoles(agents).log(_active(), 10**9)

    assert agents.asked[0][2] == MAX_LOG_BYTES


def test_what_is_typed_goes_to_the_instances_host() -> None:
    assert list(Consoles(Agents()).attach(_active(), iter([b"ls\r"]), lambda end: None)) == [
        b"ls\r"
    ]


def test_a_screen_is_its_hosts_to_show() -> None:
    instance = _active()

    seen = list(Consoles(Agents()).screen(instance, iter([]), lambda end: None))

    assert seen == [b"", f"RFB of {instance.id} on a".encode()]


@pytest.mark.parametrize("changes", [{"host": None}, {"vm_state": VmState.BUILDING}])
def test_there_is_no_console_before_there_is_a_machine(changes: dict[str, Any]) -> None:
    with pytest.raises(WrongState) as refused:
        Consoles(Agents()).log(_active(**changes), 10)

    assert refused.value.code == "instance-not-ready"
