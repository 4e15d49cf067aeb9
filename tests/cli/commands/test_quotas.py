"""``quota-show``, ``quota-update``."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import quota_pb2 as pb


@pytest.fixture(autouse=True)
def _limits(cloud: FakeCloud) -> None:
    quotas = pb.Quotas(project_id="p1", quotas=[pb.Quota(resource="cores", limit=20, used=3)])
    cloud.answers["GetQuotas"] = cloud.answers["UpdateQuotas"] = quotas


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
    [((), 2), (("--cores", "-2"), 2), (("--cores", "many"), 2), (("--force",), 7)],
)
def test_what_is_no_limit_is_refused(
    vmctl: Vmctl, cloud: FakeCloud, arguments: tuple[str, ...], code: int
) -> None:
    assert vmctl("quota-update", *arguments, "web").code == code
    assert cloud.calls == []
