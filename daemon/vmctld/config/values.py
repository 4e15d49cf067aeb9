"""Reads the text of one setting.  A ValueError says what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from vmctld.errors import NotSupported

_HOST_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
_YES = ("true", "yes", "on", "1")
_NO = ("false", "no", "off", "0")


def text(given: str) -> str:
    """Return what was given."""
    return given


def path(given: str) -> Path:
    """Return an absolute path; ``~`` is the user's home."""
    if "\0" in given:
        raise ValueError("write a path without a zero byte")
    return Path(given).expanduser().absolute()


def host_name(given: str) -> str:
    """Return a host's name in the cloud: it becomes part of file and queue names."""
    if not _HOST_NAME.fullmatch(given):
        raise ValueError("write 1 to 255 letters, digits, dots, dashes and underscores")
    return given


def password(given: str) -> str:
    """Return the first admin's password."""
    if not given.strip():
        raise ValueError("write a password that is not blank")
    return given


def address(given: str) -> str:
    """Return ``unix:///path`` or ``host:port``."""
    host, _, port = given.rpartition(":")
    if given.startswith("unix:///") or (host and port.isdecimal() and int(port) <= 65_535):
        return given
    raise ValueError("write unix:///path or host:port")


def addresses(given: str) -> tuple[str, ...]:
    """Return one or more addresses that were separated by commas."""
    return tuple(address(one) for one in _items(given))


def port(given: str) -> str:
    """Return ``host:port``: what reaches another process over TLS."""
    if given.startswith("unix:"):
        raise ValueError("write host:port")
    return address(given)


def endpoints(given: str) -> tuple[str, ...]:
    """Return where a service is, in one process or in several."""
    return tuple(port(one) for one in _items(given))


def port_or_off(given: str) -> str | None:
    """Return ``host:port``, or None for ``off``."""
    return None if given == "off" else port(given)


def loopback_or_off(given: str) -> str | None:
    """Return ``host:port``, of this machine alone for a bare port, or None for ``off``."""
    alone = given.removeprefix(":")
    return port_or_off(f"127.0.0.1:{alone}" if alone.isdecimal() else given)


def yes_or_no(given: str) -> bool:
    """Return true for true, yes, on and 1."""
    if given.lower() not in _YES + _NO:
        raise ValueError("write true or false")
    return given.lower() in _YES


def number(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number between ``least`` and ``most``."""

    def read(given: str) -> int:
        if not given.isdecimal() or not least <= int(given) <= most:
            raise ValueError(f"write a whole number from {least} to {most}")
        return int(given)

    return read


def one_of(*choices: str, not_yet: tuple[str, ...] = ()) -> Callable[[str], str]:
    """Return what reads one of ``choices``; those of ``not_yet`` raise NotSupported."""

    def read(given: str) -> str:
        if given in not_yet:
            raise NotSupported(f"{given!r} is not there yet", hint=f"Write {_listed(choices)}.")
        if given not in choices:
            raise ValueError(f"write {_listed(choices)}")
        return given

    return read


def some_of(*choices: str, everything: str) -> Callable[[str], frozenset[str]]:
    """Return what reads one or more of ``choices``, separated by commas, or all of them."""

    def read(given: str) -> frozenset[str]:
        items = choices if given == everything else _items(given)
        if not set(items) <= set(choices):
            raise ValueError(f"write {_listed(choices)}, or several with commas between them")
        return frozenset(items)

    return read


def url(*beginnings: str) -> Callable[[str], str]:
    """Return what reads a URL with one of ``beginnings``."""

    def read(given: str) -> str:
        if not given.startswith(beginnings):
            raise ValueError(f"write a URL that begins with {_listed(beginnings)}")
        return given

    return read


def _items(given: str) -> list[str]:
    items = [item.strip() for item in given.split(",") if item.strip()]
    if not items:
        raise ValueError("write at least one")
    return items


def _listed(choices: tuple[str, ...]) -> str:
    return " or ".join(filter(None, (", ".join(choices[:-1]), choices[-1])))
