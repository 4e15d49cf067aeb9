from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.callers import a_caller
from tests.support.clock import FakeClock
from tests.support.instances import an_instance
from vmctld.compute.api.consoles import Consoles, OnEnd
from vmctld.compute.api.web_consoles import WebConsoles
from vmctld.domain.console import ConsoleKind
from vmctld.domain.identity import Caller, Role
from vmctld.domain.instance import Instance, VmState
from vmctld.domain.machine import PowerState
from vmctld.errors import (
    Forbidden,
    InvalidRequest,
    NotFound,
    NotSupported,
    Unauthenticated,
    WrongState,
)

ALICE = a_caller()
HERE = "https://cloud.example.org"


class Agents:
    """Guests that say what they are and then repeat what they are told."""

    def read_console(self, host: str, instance_id: str, max_bytes: int) -> bytes:
        return b"login: "

    def attach_console(
        self, host: str, instance_id: str, typed: Iterator[bytes], on_end: OnEnd
    ) -> Iterator[bytes]:
        yield from typed

    def open_display(
        self, host: str, instance_id: str, sent: Iterator[bytes], on_end: OnEnd
    ) -> Iterator[bytes]:
        yield b"RFB"
        yield from sent


@dataclass
class Site:
    """One server, and who may see it."""

    instance: Instance
    signed_in: dict[str, Caller] = field(default_factory=lambda: {ALICE.token_id: ALICE})

    def get(self, caller: Caller, reference: str) -> Instance:
        if caller.project_id != self.instance.project_id:
            raise NotFound("no such server")
        return self.instance

    def standing_of(self, token_id: str) -> Caller:
        if token_id not in self.signed_in:
            raise Unauthenticated("gone")
        return self.signed_in[token_id]


def _site(**changes: Any) -> Site:
    running = {"vm_state": VmState.ACTIVE, "host": "a", "power_state": PowerState.RUNNING}
    return Site(an_instance(**{**running, **changes}))


def _consoles(site: Site, *, base_url: str | None = HERE) -> WebConsoles:
    consoles = WebConsoles(site, Consoles(Agents()), site, FakeClock())  # type: ignore[arg-type]
    if base_url is not None:
        consoles.serve_at(base_url)
    return consoles


def _secret_in(url: str) -> str:
    return url.partition("?token=")[2]


@pytest.mark.parametrize(
    ("kind", "beginning", "said"),
    [
        ("novnc", f"{HERE}/vnc?token=", [b"RFB", b"x"]),
        ("serial", f"{HERE}/serial?token=", [b"login: ", b"x"]),
    ],
)
def test_a_url_opens_the_console_that_it_was_made_for(
    kind: str, beginning: str, said: list[bytes]
) -> None:
    consoles = _consoles(_site())

    access = consoles.create(ALICE, "web", kind)
    opened = consoles.open(_secret_in(access.url), access.kind)

    assert access.url.startswith(beginning)
    assert _secret_in(access.url) not in repr(access)
    assert list(opened.exchange(iter([b"x"]), lambda end: None)) == said


def test_a_daemon_without_a_door_for_browsers_says_what_to_do() -> None:
    with pytest.raises(NotSupported) as refusal:
        _consoles(_site(), base_url=None).create(ALICE, "web", "novnc")

    assert refusal.value.code == "web-consoles-off"
    assert "VMCTLD_WEB_LISTEN" in refusal.value.hint


def test_an_unknown_type_is_refused_in_novas_words() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        _consoles(_site()).create(ALICE, "web", "xvpvnc")

    assert refusal.value.message == "Invalid console type xvpvnc"
    assert refusal.value.code == "invalid-console-type"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"host": None}, "instance-not-ready"),
        ({"vm_state": VmState.BUILDING}, "instance-not-ready"),
        ({"power_state": PowerState.SHUTDOWN}, "not-running"),
        ({"power_state": PowerState.SUSPENDED}, "not-running"),
    ],
)
def test_a_server_that_does_not_run_has_no_console(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(WrongState) as refusal:
        _consoles(_site(**changes)).create(ALICE, "web", "serial")

    assert refusal.value.code == code


def test_a_paused_server_can_be_looked_at() -> None:
    assert _consoles(_site(power_state=PowerState.PAUSED)).create(ALICE, "web", "novnc")


def test_a_url_is_good_no_longer_than_the_sign_in_that_made_it() -> None:
    site = _site()
    consoles = _consoles(site)
    secret = _secret_in(consoles.create(ALICE, "web", "novnc").url)
    opened = consoles.open(secret, ConsoleKind.NOVNC)
    opened.check_standing()
    site.signed_in.clear()

    with pytest.raises(Unauthenticated):
        consoles.open(secret, ConsoleKind.NOVNC)
    with pytest.raises(Unauthenticated):
        opened.check_standing()


def test_who_may_only_read_by_now_opens_nothing() -> None:
    site = _site()
    consoles = _consoles(site)
    secret = _secret_in(consoles.create(ALICE, "web", "serial").url)
    opened = consoles.open(secret, ConsoleKind.SERIAL)
    site.signed_in[ALICE.token_id] = a_caller(role=Role.READER)

    with pytest.raises(Forbidden) as refusal:
        consoles.open(secret, ConsoleKind.SERIAL)
    with pytest.raises(Forbidden):
        opened.check_standing()

    assert refusal.value.code == "console-not-allowed"


def test_a_server_that_went_off_meanwhile_is_told() -> None:
    site = _site()
    consoles = _consoles(site)
    secret = _secret_in(consoles.create(ALICE, "web", "novnc").url)
    site.instance = _site(power_state=PowerState.SHUTDOWN).instance

    with pytest.raises(WrongState):
        consoles.open(secret, ConsoleKind.NOVNC)


def test_another_projects_server_is_not_there() -> None:
    with pytest.raises(NotFound):
        _consoles(_site()).create(a_caller("other"), "web", "novnc")
