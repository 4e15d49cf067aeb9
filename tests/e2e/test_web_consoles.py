"""A real guest's screen and serial port through the door for browsers, seen by a program."""

from __future__ import annotations

import contextlib
import urllib.request
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.e2e.cloud import TINY, Cloud, refusal, running_cloud
from tests.support.rfb import ALT, CTRL, DELETE, VERSION, Screen
from tests.support.waiting import eventually

GRACE_S = 60.0
BOOT_S = 180.0  # until the login prompt, on a machine that is busy


@pytest.fixture(scope="module")
def guest() -> Iterator[Cloud]:
    """A cloud with a door for browsers and one guest, ``web``, at its login prompt."""
    with running_cloud("qemu", "--web-listen", "127.0.0.1:0") as cloud:
        cloud.text("image-upload", "--file", str(TINY), "--min-ram", "96", "tiny")
        cloud.text("boot", "--flavor", "m1.nano", "--image", "tiny", "--poll", "web")
        assert eventually(lambda: "login:" in cloud.text("console-log", "web"), BOOT_S)
        yield cloud
        cloud.text("delete", "--wait", "web")
        assert cloud.leftovers() == []


def _url(cloud: Cloud, *command: str) -> str:
    return cloud.text(*command, "--quiet").strip()


def _line(url: str) -> ClientConnection:
    return connect(url.replace("http", "ws", 1), proxy=None, max_size=None, open_timeout=GRACE_S)


def _read_until(line: ClientConnection, words: bytes) -> bytes:
    said = b""
    while words not in said:
        message = line.recv(timeout=GRACE_S)
        assert isinstance(message, bytes)
        said += message
    return said


def _last_words(line: ClientConnection) -> tuple[int | None, str | None]:
    """Return the code and the reason with which the daemon closes."""
    with contextlib.suppress(ConnectionClosed):
        for _ in line:
            pass  # said before the end
    return line.close_code, line.close_reason


def test_a_serial_port_shows_its_last_lines_and_takes_what_is_typed(guest: Cloud) -> None:
    url = _url(guest, "get-serial-console", "web")

    with _line(url) as line:
        before = _read_until(line, b"login:")
        line.send("root\r")
        after = _read_until(line, b"Password:")

    assert b"tiny" in before
    assert b"root" in after


def test_a_serial_port_is_open_to_one_at_a_time(guest: Cloud) -> None:
    url = _url(guest, "get-serial-console", "web")

    with _line(url) as first:
        _read_until(first, b":")
        first.send("\r")
        _read_until(first, b":")
        with _line(url) as second:
            assert _last_words(second) == (4409, "The machine's console is open elsewhere.")


def test_a_page_that_is_loaded_again_has_its_console_again(guest: Cloud) -> None:
    url = _url(guest, "get-serial-console", "web")

    for _ in range(3):
        with _line(url) as line:
            _read_until(line, b":")
            line.send("\r")
            assert _read_until(line, b":")


def test_a_screen_shows_what_the_guest_draws_and_its_keyboard_works(guest: Cloud) -> None:
    boots = guest.text("console-log", "web").count("SYSLINUX")

    with _line(_url(guest, "get-vnc-console", "web", "novnc")) as line:
        screen = Screen(line, GRACE_S)
        picture = screen.picture()
        screen.press(CTRL, ALT, DELETE)
        rebooted = eventually(
            lambda: guest.text("console-log", "web").count("SYSLINUX") > boots, BOOT_S
        )

    assert screen.version == VERSION
    assert any(picture)  # not all black
    assert rebooted


def test_the_same_url_is_a_page(guest: Cloud) -> None:
    with urllib.request.urlopen(_url(guest, "get-vnc-console", "web", "novnc")) as page:
        text = page.read().decode()

    assert 'id="screen"' in text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_console_that_nobody_was_given_stays_shut(guest: Cloud) -> None:
    url = _url(guest, "get-vnc-console", "web", "novnc")

    with _line(f"{url}x") as line:
        assert _last_words(line) == (4401, "This URL opens no console any more.")
    with pytest.raises(InvalidStatus):
        connect(url.replace("http", "ws", 1), proxy=None, origin="https://evil.example.org")


def test_no_secret_of_a_url_is_in_the_daemons_log(guest: Cloud) -> None:
    url = _url(guest, "get-serial-console", "web")
    with _line(url) as line:
        line.recv(timeout=GRACE_S)

    assert url.partition("token=")[2] not in guest.log
    assert "console opened" in guest.log


def test_a_server_that_is_switched_off_closes_its_console_and_has_none(guest: Cloud) -> None:
    with _line(_url(guest, "get-vnc-console", "web", "novnc")) as line:
        Screen(line, GRACE_S)
        guest.text("stop", "--poll", "web")
        code, _ = _last_words(line)

    assert code == 1000
    refusal(
        guest.run("get-vnc-console", "web", "novnc"),
        5,
        "Cannot 'get_vnc_console' instance .* while it is in power state shutdown",
    )
    guest.text("start", "--poll", "web")


def test_a_daemon_without_the_door_says_who_can_open_it(cloud: Cloud) -> None:
    cloud.text("boot", "--flavor", "m1.nano", "--image", "small", "--poll", "web")

    for command in (("get-vnc-console", "web", "novnc"), ("get-serial-console", "web")):
        refusal(cloud.run(*command), 7, "VMCTLD_WEB_LISTEN")
