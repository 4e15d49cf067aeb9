from __future__ import annotations

import os
from pathlib import Path

import pytest

from vmctld.drivers.qemu import users
from vmctld.drivers.qemu.users import GuestUsers, RunAs, can_become
from vmctld.errors import Exhausted, Unavailable

UIDS = range(2000, 2003)


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "can_become", lambda uids: True)


@pytest.fixture
def as_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "can_become", lambda uids: False)


@pytest.mark.usefixtures("as_root")
def test_as_root_each_machine_gets_a_user_that_no_other_has() -> None:
    guests = GuestUsers(UIDS, needs_kvm=False)

    assert guests.pick(taken={2000, 2002}) == 2001
    assert guests.owners == UIDS


@pytest.mark.usefixtures("as_root")
def test_when_all_users_are_taken_that_is_said() -> None:
    with pytest.raises(Exhausted) as refusal:
        GuestUsers(UIDS, needs_kvm=False).pick(taken=set(UIDS))

    assert refusal.value.code == "guest-uids-exhausted"


@pytest.mark.usefixtures("as_root")
def test_a_user_has_no_groups_and_no_way_back() -> None:
    run_as = GuestUsers(UIDS, needs_kvm=False).run_as(2001)

    assert run_as is not None
    assert run_as.prefix()[1:] == [
        "--reuid=2001",
        "--regid=2001",
        "--clear-groups",
        "--no-new-privs",
        "--",
    ]


def test_with_kvm_its_device_comes_with_its_group() -> None:
    assert "--groups=109" in RunAs("setpriv", 2001, kvm_gid=109).prefix()


@pytest.mark.usefixtures("as_root")
def test_as_root_without_setpriv_nothing_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Unavailable) as refusal:
        GuestUsers(UIDS, needs_kvm=False)

    assert refusal.value.code == "setpriv-missing"


@pytest.mark.usefixtures("as_somebody")
def test_for_others_machines_run_as_themselves() -> None:
    guests = GuestUsers(UIDS, needs_kvm=False)

    assert guests.pick(taken=set()) is None
    assert guests.run_as(None) is None
    assert guests.owners == (os.geteuid(),)


@pytest.mark.parametrize(
    ("uid_map", "expected"),
    [
        ("         0          0 4294967295\n", True),
        ("         0       1000          1\n", False),
        ("0 1000 1\n1 100000 65536\n", True),
        ("0 1000 2001\n", False),
        ("0 1000 2003\n", True),
    ],
)
def test_root_becomes_a_user_only_where_it_is_mapped(
    uid_map: str, expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "uid_map").write_text(uid_map)
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    assert can_become(UIDS, tmp_path / "uid_map") is expected


def test_others_become_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert not can_become(UIDS)
