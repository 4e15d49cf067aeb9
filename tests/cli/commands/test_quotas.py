"""``quota-*``."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import quota_pb2 as pb


@pytest.fixture(autouse=True)
def _limits(cloud: FakeCloud) -> None:
    quotas = pb.Quotas(project_id="p1", quotas=[pb.Quota(resource="cores", limit=20, used=3)])
    for method in ("Get", "Update", "Reset"):
        cloud.answers[f"{method}Quotas"] = quotas
    cloud.answers["GetQuotaClass"] = cloud.answers["UpdateQuotaClass"] = quotas


def test_limits_and_use_are_shown(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl("quota-show", "--tenant", "web", "--detail")

    assert "| cores | 20    | 3      |" in result.out
    assert cloud.requests == [pb.GetQuotasRequest(project="web")]


def test_only_the_given_limits_change(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl("quota-update", "--instances", "0", "--ram", "-1", "web")

    assert cloud.requests == [
        pb.UpdateQuotasRequest(project="web", limits={"instances": 0, "ram_mib": -1})
    ]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [((), 2), (("--cores", "-2"), 2), (("--cores", "many"), 2), (("--user", "ada"), 7)],
)
def test_what_is_no_limit_is_refused(
    vmctl: Vmctl, cloud: FakeCloud, arguments: tuple[str, ...], code: int
) -> None:
    assert vmctl("quota-update", *arguments, "web").code == code
    assert cloud.calls == []


def test_by_force_a_limit_goes_below_what_is_used(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl("quota-update", "--server-groups", "1", "--force", "web")

    assert cloud.requests == [
        pb.UpdateQuotasRequest(project="web", limits={"server_groups": 1}, force=True)
    ]


def test_a_projects_own_limits_are_taken_away(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert vmctl("quota-delete", "--tenant", "web").err == ("Quotas of web are the defaults now.\n")
    assert cloud.requests == [pb.ResetQuotasRequest(project="web")]


def test_the_defaults_are_shown_and_changed(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert "In_Use" not in vmctl("quota-defaults", "--tenant", "web").out
    vmctl("quota-class-show", "default")
    vmctl("quota-class-update", "--cores", "5", "default")

    assert cloud.requests == [
        pb.GetQuotaClassRequest(),
        pb.GetQuotaClassRequest(name="default"),
        pb.UpdateQuotaClassRequest(name="default", limits={"cores": 5}),
    ]
    assert vmctl("quota-class-update", "default").code == 2
