"""Names that nova had once."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import instance_details_pb2 as pb
from vmctl_cli.old_names import ALIASES


@pytest.mark.parametrize("old", [old for old, now in ALIASES.items() if len(now) == 1])
def test_an_old_name_does_what_the_new_one_does_and_names_it(vmctl: Vmctl, old: str) -> None:
    (now,) = ALIASES[old]

    result = vmctl(old, "--help")

    assert result.code == 0
    assert result.out == vmctl(now, "--help").out
    assert result.err == f"{old} is called {now} now: vmctl help {now} tells more\n"


def test_a_rename_is_an_update_of_the_name(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert vmctl("rename", "web1", "db1", "--timeout", "5").code == 0

    assert cloud.last(pb.UpdateInstanceRequest) == pb.UpdateInstanceRequest(
        instance="web1", name="db1"
    )


@pytest.mark.parametrize("arguments", [("rename",), ("rename", "web1"), ("rename", "-f", "json")])
def test_an_old_name_with_too_few_arguments_is_refused(
    vmctl: Vmctl, arguments: tuple[str, ...]
) -> None:
    result = vmctl(*arguments)

    assert result.code == 2
    assert "vmctl help update" in result.err


@pytest.mark.parametrize("arguments", [("net-list", "-f", "json"), ("-f", "json", "net-list")])
def test_a_script_that_reads_json_is_spared_the_news(
    vmctl: Vmctl, arguments: tuple[str, ...]
) -> None:
    result = vmctl(*arguments)

    assert (json.loads(result.out), result.err) == ([], "")


def test_old_names_are_in_no_help(vmctl: Vmctl) -> None:
    listed = vmctl("--help").out.split()

    assert not set(ALIASES) & set(listed)
