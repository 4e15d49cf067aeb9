"""How far a transfer is."""

from __future__ import annotations

import pytest

from vmctl_cli import progress_bar
from vmctl_cli.progress_bar import ProgressBar


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a terminal would show."""
    shown: list[str] = []
    monkeypatch.setattr(progress_bar, "error_is_terminal", lambda: True)
    monkeypatch.setattr(progress_bar, "write_error", shown.append)
    return shown


def test_a_known_size_shows_a_share(written: list[str]) -> None:
    with ProgressBar("uploading", 4 * 1024 * 1024) as bar:
        bar.advance(1024 * 1024)

    assert "uploading [=======                       ]  25%      1.0 MiB" in written[0]
    assert written[-1] == "\n"


def test_an_unknown_size_shows_what_is_done(written: list[str]) -> None:
    with ProgressBar("uploading", None) as bar:
        bar.advance(3 * 1024 * 1024)

    assert written[0].startswith("\ruploading      3.0 MiB")


def test_nothing_is_drawn_where_nobody_looks(
    written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_bar, "error_is_terminal", lambda: False)

    with ProgressBar("uploading", 1) as bar:
        bar.advance(1)

    assert written == []
