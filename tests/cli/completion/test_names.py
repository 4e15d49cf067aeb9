"""Live names: kept in files, read by the shells themselves, whatever a name looks like."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from tests.cli.messages import an_instance
from vmctl.v1 import compute_pb2, image_pb2
from vmctl_cli.completion import script_for
from vmctl_cli.completion.names import LISTS, LONGEST, STALE_AFTER_S, kind_of, names_file

EVIL = ("$(touch pwned)", "`touch pwned`", "a b", "it's", "*", "web-2", "web-1")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a ``vmctl`` that says what it is asked, and names of servers."""
    program = tmp_path / "bin" / "vmctl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/asked\n')
    program.chmod(0o755)
    return tmp_path


def _environment(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "PATH": f"{home}/bin:{os.environ['PATH']}", "TERM": "dumb"}


def _keep(home: Path, age_s: int = 0) -> None:
    file = names_file("servers", _environment(home))
    file.parent.mkdir(parents=True)
    file.write_text("\n".join([str(int(time.time()) - age_s), *EVIL]) + "\n")


def _ask(shell: list[str], home: Path, kind: str, script: str) -> list[str]:
    file = home / "script"
    file.write_text(script_for(kind) + script)
    done = subprocess.run(
        [*shell, str(file)],
        env=_environment(home),
        cwd=home,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stderr == ""
    assert not (home / "pwned").exists()
    return done.stdout.splitlines()


def _bash(home: Path, *words: str) -> list[str]:
    quoted = " ".join(f"'{word}'" for word in words)
    script = f"COMP_WORDS=({quoted})\nCOMP_CWORD={len(words) - 1}\n_vmctl\n"
    script += 'for one in "${COMPREPLY[@]}"; do eval "printf \'%s\\n\' $one"; done\n'
    return _ask(["bash", "--norc"], home, "bash", script)


def _asked(home: Path) -> str:
    """Return what the background was asked for, once it was."""
    deadline = time.monotonic() + 10
    while not (home / "asked").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return (home / "asked").read_text()


def test_bash_offers_names_as_they_are(home: Path) -> None:
    _keep(home)

    assert _bash(home, "vmctl", "show", "") == list(EVIL)
    assert _bash(home, "vmctl", "show", "web-") == ["web-2", "web-1"]
    assert _bash(home, "vmctl", "delete", "web-2", "web-1") == ["web-1"]
    assert not (home / "asked").exists()


def test_bash_offers_names_after_options_and_not_where_other_words_belong(home: Path) -> None:
    _keep(home)

    assert _bash(home, "vmctl", "boot", "--key-name", "k", "--flavor", "") == []
    assert _bash(home, "vmctl", "console-log", "--length", "5", "web-1") == ["web-1"]
    assert _bash(home, "vmctl", "meta", "web-1", "s") == ["set"]


def test_fish_offers_names_as_they_are(home: Path) -> None:
    _keep(home)

    offered = _ask(["fish", "--no-config"], home, "fish", "complete -C 'vmctl show '\n")

    assert set(EVIL) <= set(offered)


def test_zsh_offers_names_as_they_are(home: Path) -> None:
    _keep(home)
    script = 'compadd() { print -rl -- "${(@P)argv[-1]}" }\n_vmctl_live servers\n'

    offered = _ask(
        ["zsh", "-f", "-c", f"compdef() {{ : }}; source {home}/script"], home, "zsh", script
    )

    assert offered == list(EVIL)


@pytest.mark.parametrize(
    ("shell", "kind", "script"),
    [
        (["bash", "--norc"], "bash", "current= ; _vmctl_live servers; _vmctl_live servers\n"),
        (["zsh", "-f"], "zsh", "_vmctl_live servers; _vmctl_live servers\n"),
        (["fish", "--no-config"], "fish", "__vmctl_live servers; __vmctl_live servers\n"),
    ],
)
@pytest.mark.parametrize("age_s", [None, STALE_AFTER_S])
def test_old_names_are_asked_for_in_the_background_once(
    home: Path, shell: list[str], kind: str, script: str, age_s: int | None
) -> None:
    if age_s is not None:
        _keep(home, age_s)
    before = "compdef() { : }\ncompadd() { : }\n" if kind == "zsh" else ""
    file = home / "script"
    file.write_text(before + script_for(kind) + script)

    subprocess.run(
        [*shell, str(file)],
        env=_environment(home),
        cwd=home,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=30,
    )

    assert _asked(home) == "bash-completion --refresh servers\n"


def test_names_are_kept_private_printable_and_bounded(
    vmctl: Vmctl, cloud: FakeCloud, tmp_path: Path
) -> None:
    many = [an_instance(f"s{n}") for n in range(LONGEST + 5)]
    cloud.answers["ListInstances"] = compute_pb2.ListInstancesResponse(
        instances=[an_instance("a\nb"), an_instance("twice"), an_instance("twice"), *many]
    )

    assert vmctl("bash-completion", "--refresh", "servers").code == 0

    file = names_file("servers", os.environ)
    made, first, second, *_ = lines = file.read_text().splitlines()
    assert abs(int(made) - time.time()) < 60
    assert (first, second, len(lines)) == ("twice", "s0", LONGEST + 1)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [one.name for one in file.parent.iterdir()] == ["servers"]


@pytest.mark.parametrize("kind", LISTS)
def test_every_kind_can_be_asked_for(vmctl: Vmctl, kind: str) -> None:
    assert vmctl("bash-completion", "--refresh", kind).code == 0
    assert names_file(kind, os.environ).is_file()


def test_a_kind_that_is_none_is_refused(vmctl: Vmctl) -> None:
    assert vmctl("bash-completion", "--refresh", "dreams").code == 2


def test_clouds_and_users_have_names_of_their_own(vmctl: Vmctl, cloud: FakeCloud) -> None:
    image = image_pb2.Image(id="1", name="tiny")
    cloud.answers["ListImages"] = image_pb2.ListImagesResponse(images=[image])

    vmctl("bash-completion", "--refresh", "images")

    here = {"HOME": "/h", "VMCTL_ENDPOINT": cloud.endpoint}
    assert names_file("images", here) != names_file("images", {**here, "VMCTL_PROJECT": "x"})
    assert names_file("images", os.environ).read_text().endswith("\ntiny\n")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("server", None), "servers"),
        (("names", "SERVER..."), "servers"),
        (("key_name", "KEY"), "keypairs"),
        (("tenant", "PROJECT"), "projects"),
        (("size", "SIZE_GIB"), ""),
    ],
)
def test_arguments_are_known_by_their_names(words: tuple[str | None, ...], kind: str) -> None:
    assert kind_of(*words) == kind
