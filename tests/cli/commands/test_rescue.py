"""``rescue``; leaving it is in ``test_power.py``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from tests.cli.messages import an_instance
from vmctl.v1 import instance_actions_pb2 as pb


@pytest.mark.parametrize(("options", "image"), [((), ""), (("--image", "tiny"), "tiny")])
def test_a_rescue_may_name_its_image(
    vmctl: Vmctl, cloud: FakeCloud, options: tuple[str, ...], image: str
) -> None:
    result = vmctl("rescue", *options, "web1")

    request = cloud.last(pb.RescueInstanceRequest)
    assert (result.code, result.out, result.err) == (0, "", "")
    assert (request.instance, request.image) == ("web1", image)


def test_a_password_is_not_passed_on(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl("rescue", "--password", "secret", "web1")

    assert result.code == 7
    assert cloud.methods() == []


def test_the_host_key_of_its_own_disk_is_forgotten(
    vmctl: Vmctl, cloud: FakeCloud, tmp_path: Path
) -> None:
    known = tmp_path / "config" / "known_hosts" / "id-of-web1"
    known.parent.mkdir(parents=True)
    known.write_text("a key")
    cloud.answers["RescueInstance"] = an_instance("web1")

    vmctl("rescue", "web1")

    assert not known.exists()
