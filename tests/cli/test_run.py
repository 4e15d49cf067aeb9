"""Running a command: what happens around it."""

from __future__ import annotations

import errno
import io
import sys
from contextlib import suppress
from typing import Any

import click
import pytest

from tests.cli.conftest import Vmctl
from vmctl_cli import run as run_module
from vmctl_cli.invocation import Invocation


def _command_that(monkeypatch: pytest.MonkeyPatch, error: BaseException, going_on: str) -> None:
    def invoke(_arguments: list[str], invocation: Invocation) -> None:
        invocation.goes_on = going_on
        raise error

    monkeypatch.setattr(run_module, "_invoke", invoke)


def test_without_arguments_the_help_is_shown(vmctl: Vmctl) -> None:
    result = vmctl()

    assert result.code == 0
    assert "boot" in result.out


def test_version_is_printed_before_and_after_a_command(vmctl: Vmctl) -> None:
    assert vmctl("--version").out == vmctl("list", "--version").out == "vmctl 0.1.0\n"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_ctrl_c_says_what_goes_on_and_exits_130(
    vmctl: Vmctl, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    _command_that(monkeypatch, error, "the daemon goes on building web1")

    result = vmctl("boot")

    assert result.code == 130
    assert result.err == "\ninterrupted: the daemon goes on building web1\n"


def test_a_fault_of_ours_shows_its_place_and_no_traceback(
    vmctl: Vmctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("vmctl_cli.settings._config_dir", broken)

    result = vmctl("list")

    assert result.code == 1
    assert result.err.startswith("ERROR (Internal): ZeroDivisionError: division by zero (")
    assert "settings.py:" in result.err
    assert "Traceback" not in result.err


def test_an_argument_that_is_no_utf_8_is_refused(vmctl: Vmctl) -> None:
    result = vmctl("show", "\udcff")

    assert result.code == 2
    assert "UTF-8" in result.err


def test_a_command_without_its_argument_says_how_it_is_used(vmctl: Vmctl) -> None:
    result = vmctl("show")

    assert result.code == 2
    assert result.err == (
        "ERROR (InvalidRequest): Missing argument 'SERVER'.\n"
        "hint: vmctl show --help shows how it is used\n"
    )


@pytest.mark.parametrize("arguments", [("--help",), ("list", "--help"), ("--version",)])
def test_help_that_cannot_be_written_is_told_in_one_line(
    vmctl: Vmctl, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        monkeypatch.setattr(sys, "stdout", full)
        result = vmctl(*arguments)
        with suppress(OSError):
            full.close()

    assert result.code == 1
    assert result.err == ("ERROR (Internal): cannot write the output: No space left on device\n")


def test_a_closed_stdout_ends_the_command_with_141(
    vmctl: Vmctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", None)

    result = vmctl("list")

    assert (result.code, result.err) == (141, "")


def test_a_full_disk_under_stdout_is_told(vmctl: Vmctl, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def flush(self) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sys, "stdout", Full())

    result = vmctl("list")

    assert result.code == 1
    assert "cannot write the output: No space left on device" in result.err
