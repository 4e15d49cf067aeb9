"""``limits``, ``usage``, ``usage-list``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import quota_pb2
from vmctl.v1 import usage_pb2 as pb

USED = pb.ProjectUsage(
    project_id="p1", servers=2, ram_mib_hours=128.5, cpu_hours=3.25, disk_gib_hours=2
)
JANUARY = ("--start", "2026-01-01", "--end", "2026-02-01T12:00:00+01:00")


@pytest.fixture(autouse=True)
def _used(cloud: FakeCloud) -> None:
    cloud.answers["GetUsage"] = USED
    cloud.answers["ListUsages"] = pb.ListUsagesResponse(usages=[USED])


def test_hours_are_shown_with_novas_headings(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl("usage", *JANUARY, "--tenant", "web")

    assert "| Servers | RAM MiB-Hours | CPU Hours | Disk GiB-Hours |" in result.out
    assert "| 2       | 128.50        | 3.25      | 2.00           |" in result.out
    assert result.err == "Usage from 2026-01-01 to 2026-02-01:\n"
    (request,) = cloud.requests
    assert request.project == "web"
    assert request.started_at.ToDatetime(UTC) == datetime(2026, 1, 1, tzinfo=UTC)
    assert request.ended_at.ToDatetime(UTC) == datetime(2026, 2, 1, 11, tzinfo=UTC)


def test_without_dates_it_is_the_last_four_weeks(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl("usage-list")

    (request,) = cloud.requests
    period = request.ended_at.ToDatetime() - request.started_at.ToDatetime()
    assert period == timedelta(weeks=4, days=1)


def test_all_projects_are_listed(vmctl: Vmctl) -> None:
    assert "| p1        | 2       | 128.50        |" in vmctl("usage-list", *JANUARY).out
    assert vmctl("usage-list", *JANUARY, "--quiet").out == "p1\n"


@pytest.mark.parametrize(
    "arguments", [("--start", "yesterday"), ("--start", "2026-02-01", "--end", "2026-01-01")]
)
def test_a_period_that_is_none_is_refused(
    vmctl: Vmctl, cloud: FakeCloud, arguments: tuple[str, ...]
) -> None:
    assert vmctl("usage", *arguments).code == 2
    assert cloud.calls == []


def test_limits_have_novas_names(vmctl: Vmctl, cloud: FakeCloud) -> None:
    limits = (("cores", 20, 3), ("metadata_items", 128, 0))
    cloud.answers["GetQuotas"] = quota_pb2.Quotas(
        quotas=[
            quota_pb2.Quota(resource=name, limit=most, used=used) for name, most, used in limits
        ]
    )

    out = vmctl("limits", "--tenant", "web", "--reserved").out

    assert "| Cores       | 3    | 20  |" in out
    assert "| Server Meta | -    | 128 |" in out
    assert cloud.requests == [quota_pb2.GetQuotasRequest(project="web")]
