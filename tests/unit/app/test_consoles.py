from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from vmctld.app.consoles import open_web_door
from vmctld.compute.api.web_consoles import WebConsoles
from vmctld.config import Settings
from vmctld.errors import NotSupported


class Consoles:
    """Remembers where it was told to be."""

    def __init__(self) -> None:
        self.base_url = ""

    def serve_at(self, base_url: str) -> None:
        self.base_url = base_url


SETTINGS = Settings(Path("/nowhere"), (), "web-1", "sqlite:////nowhere/vmctl.db")
OPEN = replace(SETTINGS, web_listen="127.0.0.1:0")


def test_a_door_that_nobody_asked_for_is_not_there_and_needs_no_library(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    consoles = Consoles()
    monkeypatch.setitem(sys.modules, "vmctld.web.door", None)

    open_web_door(SETTINGS, cast(WebConsoles, consoles))()

    assert consoles.base_url == ""


def test_the_door_tells_where_it_is() -> None:
    consoles = Consoles()

    close = open_web_door(OPEN, cast(WebConsoles, consoles))
    close()

    assert consoles.base_url.startswith("http://127.0.0.1:")
    assert not consoles.base_url.endswith(":0")


def test_a_library_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("websockets", "vmctld.web."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "websockets", None)

    with pytest.raises(NotSupported) as refusal:
        open_web_door(OPEN, cast(WebConsoles, Consoles()))

    assert refusal.value.code == "web-library-missing"
    assert "vmctl[web]" in refusal.value.hint
