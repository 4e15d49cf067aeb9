"""Where tokens are kept: which keyrings count, and what the file is like."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.session.memory_keyring import MemoryKeyring
from vmctl_cli.errors import CliError
from vmctl_cli.session.safes import FileSafe, KeyringSafe, choose_safe, remembered_safe

HERE = "tests.cli.session.memory_keyring"


@pytest.mark.parametrize(
    ("backend", "reason"),
    [
        ("keyring.backends.null.Keyring", "it is switched off"),
        ("keyring.backends.fail.Keyring", "none was found"),
        (f"{HERE}.Forgetful", "does not give back what was put into it"),
        (f"{HERE}.Unwanted", "does not want to be used"),
        (f"{HERE}.Locked", "the keyring is locked"),
        ("no.such.Backend", "No module named 'no'"),
    ],
)
def test_a_backend_that_does_not_work_counts_as_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, backend: str, reason: str
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend)

    safe, problem = choose_safe(tmp_path)

    assert isinstance(safe, FileSafe)
    assert reason in problem


def test_a_backend_that_works_is_taken_and_left_clean(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"{HERE}.MemoryKeyring")
    before = dict(MemoryKeyring.secrets)

    safe, problem = choose_safe(tmp_path)

    assert (safe.backend, problem) == (f"{HERE}.MemoryKeyring", "")
    assert before == MemoryKeyring.secrets


def test_without_an_override_the_keyring_librarys_choice_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    monkeypatch.setattr("keyring.get_keyring", MemoryKeyring)

    assert choose_safe(tmp_path)[0].backend == f"{HERE}.MemoryKeyring"


def test_of_a_chain_of_keyrings_the_first_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Chain:
        backends = (MemoryKeyring(),)

    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    monkeypatch.setattr("keyring.get_keyring", Chain)

    assert choose_safe(tmp_path)[0].backend == f"{HERE}.MemoryKeyring"


def test_the_override_beats_the_remembered_backend(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"{HERE}.Forgetful")

    assert remembered_safe(f"{HERE}.MemoryKeyring", tmp_path).backend == f"{HERE}.Forgetful"


def test_a_remembered_backend_that_is_gone_asks_for_a_new_sign_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")

    with pytest.raises(CliError) as refused:
        remembered_safe("no.such.Backend", tmp_path)

    assert refused.value.exit_code == 4
    assert "vmctl login" in refused.value.hint


@pytest.mark.parametrize("in_file", [True, False])
def test_a_token_is_kept_given_back_and_forgotten(tmp_path: Path, in_file: bool) -> None:
    safe = FileSafe(tmp_path) if in_file else KeyringSafe(MemoryKeyring())

    safe.put("ada@here", "vmt_1")
    assert safe.get("ada@here") == "vmt_1"

    safe.drop("ada@here")
    safe.drop("ada@here")
    assert safe.get("ada@here") is None


def test_the_file_goes_with_its_last_token(tmp_path: Path) -> None:
    safe = FileSafe(tmp_path)
    safe.put("a", "vmt_1")
    safe.put("b", "vmt_2")

    safe.drop("a")
    assert safe.get("b") == "vmt_2"

    safe.drop("b")
    assert not safe.used_before()


def test_a_keyring_that_fails_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: str) -> None:
        raise RuntimeError("locked")

    for method in ("get_password", "set_password", "delete_password"):
        monkeypatch.setattr(MemoryKeyring, method, fail)
    safe = KeyringSafe(MemoryKeyring())

    for use in (lambda: safe.get("a"), lambda: safe.put("a", "b"), lambda: safe.drop("a")):
        with pytest.raises(CliError, match="locked") as failure:
            use()
        assert failure.value.code == "keyring-failed"
