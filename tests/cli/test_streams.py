"""Stdout and stderr when they fail."""

from __future__ import annotations

import errno
import io
import sys

import pytest

from vmctl_cli.errors import CliError
from vmctl_cli.streams import error_is_terminal, flush, write, write_error


class Broken(io.StringIO):
    """A stream that fails as it is told."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self._error = error

    def write(self, text: str) -> int:
        raise self._error

    def flush(self) -> None:
        raise self._error


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("use", [lambda: write("x"), flush])
def test_a_full_disk_is_an_error_of_its_own(monkeypatch: pytest.MonkeyPatch, use: object) -> None:
    monkeypatch.setattr(sys, "stdout", Broken(FULL))

    with pytest.raises(CliError, match="No space left on device"):
        use()  # type: ignore[operator]


@pytest.mark.parametrize("use", [lambda: write("x"), flush])
def test_a_reader_that_left_is_a_broken_pipe(monkeypatch: pytest.MonkeyPatch, use: object) -> None:
    monkeypatch.setattr(sys, "stdout", Broken(BrokenPipeError(errno.EPIPE, "Broken pipe")))

    with pytest.raises(BrokenPipeError):
        use()  # type: ignore[operator]


def test_nothing_is_written_to_a_stderr_that_fails_or_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdout", Broken(FULL))
    monkeypatch.setattr(sys, "stderr", Broken(FULL))
    write_error("lost")

    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    write_error("lost")
    flush()

    assert not error_is_terminal()


def test_words_come_after_the_data_before_them(capfd: pytest.CaptureFixture[str]) -> None:
    write("data\n")
    write_error("words\n")

    assert capfd.readouterr() == ("data\n", "words\n")
