"""``diagnostics``."""

from __future__ import annotations

import json

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import diagnostics_pb2 as pb


def test_what_a_machine_has_done_is_shown(vmctl: Vmctl, cloud: FakeCloud) -> None:
    disk = pb.DiskCounters(name="root", read_bytes=4096, read_requests=1)
    cloud.answers["GetDiagnostics"] = pb.Diagnostics(
        state="running", driver="qemu", vcpus=1, ram_mib=128, disks=[disk], macs=["fa:16:3e:0:0:1"]
    )

    found = json.loads(vmctl("diagnostics", "web1", "-f", "json").out)

    assert (found["state"], found["num_cpus"], found["num_disks"]) == ("running", 1, 1)
    assert found["disk_details"][0]["read_bytes"] == 4096
    assert found["nic_details"] == ["fa:16:3e:0:0:1"]
    assert found["accelerator"] is None
