"""From the options of ``boot`` to the request."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from tests.cli.messages import building
from vmctl.v1 import compute_pb2, image_pb2

BOOT = ("boot", "--flavor", "m1.nano", "--image", "tiny")


@pytest.fixture(autouse=True)
def _accepts(cloud: FakeCloud) -> None:
    cloud.answers["BootInstance"] = compute_pb2.BootInstanceResponse(
        instances=[building()], reservation_id="r-1"
    )


def _request(cloud: FakeCloud) -> compute_pb2.BootInstanceRequest:
    request: compute_pb2.BootInstanceRequest = cloud.last(compute_pb2.BootInstanceRequest)
    return request


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--idempotency-key", "", "the idempotency key is empty"),
        ("--availability-zone", ":", "names no host"),
        ("--availability-zone", "nova: ", "names no host"),
    ],
)
def test_an_option_whose_value_was_forgotten_is_refused(
    vmctl: Vmctl, cloud: FakeCloud, option: str, value: str, words: str
) -> None:
    result = vmctl(*BOOT, option, value, "web1")

    assert result.code == 2
    assert words in result.err
    assert cloud.methods() == []


def test_every_option_that_is_served_travels(
    vmctl: Vmctl, cloud: FakeCloud, tmp_path: Path
) -> None:
    script = tmp_path / "script"
    script.write_bytes(b"#!/bin/sh\n\xff")

    result = vmctl(
        *BOOT,
        *("--block-device", "id=v1,source=volume,dest=volume,shutdown=remove"),
        *("--nic", "net-name=private,v4-fixed-ip=10.20.0.9", "--nic", "port-id=p1"),
        *("--min-count", "1", "--max-count", "1", "--meta", "a=1", "--meta", "b=2"),
        *("--key-name", "mine", "--user-data", str(script), "--availability-zone", "nova:host1"),
        *("--config-drive", "true", "--description", "for tests", "--hostname", "web"),
        *("--security-groups", "web,default"),
        *("--idempotency-key", "once", "web1"),
    )

    assert result.code == 0
    assert _request(cloud) == compute_pb2.BootInstanceRequest(
        name="web1",
        flavor="m1.nano",
        image="tiny",
        volumes=[compute_pb2.VolumeRequest(volume="v1", delete_on_termination=True)],
        nics=[
            compute_pb2.NicRequest(network="private", fixed_ip="10.20.0.9"),
            compute_pb2.NicRequest(port_id="p1"),
        ],
        key_name="mine",
        user_data=b"#!/bin/sh\n\xff",
        metadata={"a": "1", "b": "2"},
        availability_zone="nova:host1",
        description="for tests",
        min_count=1,
        max_count=1,
        idempotency_key="once",
        hostname="web",
        security_groups=["web", "default"],
    )


def test_each_boot_draws_an_idempotency_key_of_its_own(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl(*BOOT, "web1")
    vmctl(*BOOT, "web1")

    keys = {request.idempotency_key for request in cloud.requests}
    assert len(keys) == 2
    assert "" not in keys


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((), (1, 1)),
        (("--min-count", "3"), (3, 3)),
        (("--max-count", "3"), (1, 3)),
        (("--min-count", "2", "--max-count", "3"), (2, 3)),
    ],
)
def test_counts_complete_each_other(
    vmctl: Vmctl, cloud: FakeCloud, counts: tuple[str, ...], expected: tuple[int, int]
) -> None:
    vmctl(*BOOT, *counts, "web1")

    assert (_request(cloud).min_count, _request(cloud).max_count) == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--image", "i"), "you need to specify a Flavor ID."),
        (("--flavor", "f"), "you need to specify at least one source ID (Image, Snapshot, or"),
        (
            ("--flavor", "f", "--image", "i", "--boot-volume", "v"),
            "you need to specify at least one source ID",
        ),
        ((*BOOT[1:], "--min-count", "0"), "min_count should be >= 1"),
        ((*BOOT[1:], "--max-count", "0"), "max_count should be >= 1"),
        (
            (*BOOT[1:], "--min-count", "3", "--max-count", "2"),
            "min_count should be <= max_count",
        ),
        ((*BOOT[1:], "--meta", "x"), "'x' is not in the format of 'key=value'"),
        (
            (*BOOT[1:], "--config-drive", "perhaps"),
            "The value of the '--config-drive' option must be a boolean value.",
        ),
        (
            (*BOOT[1:], "--user-data", "/absent"),
            "Can't open '/absent': [Errno 2] No such file or directory: '/absent'",
        ),
        ((*BOOT[1:], "--hostname", "h", "--min-count", "2"), "several servers cannot share"),
    ],
)
def test_a_wrong_request_is_refused_in_novas_words_before_it_travels(
    vmctl: Vmctl, cloud: FakeCloud, arguments: tuple[str, ...], message: str
) -> None:
    result = vmctl("boot", *arguments, "web1")

    assert result.code == 2
    assert result.err.startswith(f"ERROR (InvalidRequest): {message}")
    assert cloud.calls == []


@pytest.mark.parametrize(
    "option",
    [
        *("--file", "--block-device-mapping", "--swap"),
        *("--ephemeral", "--admin-pass", "--access-ip-v4", "--access-ip-v6"),
        "--trusted-image-certificate-id",
    ],
)
def test_an_option_of_nova_that_is_not_served_is_refused_by_its_name(
    vmctl: Vmctl, cloud: FakeCloud, option: str
) -> None:
    result = vmctl(*BOOT, option, "x", "web1")

    assert result.code == 7
    assert result.err.startswith(f"ERROR (NotSupported): the option {option} is not supported")
    assert cloud.calls == []


def test_two_sources_are_refused_by_their_names(vmctl: Vmctl) -> None:
    result = vmctl(*BOOT, "--boot-volume", "v", "web1")

    assert result.code == 2
    assert result.err.endswith("hint: give one of --image and --boot-volume, not both\n")


def test_user_data_over_the_limit_is_refused_before_it_travels(
    vmctl: Vmctl, cloud: FakeCloud
) -> None:
    assert vmctl(*BOOT, "--user-data", "-", "web1", stdin=b"x" * 49_149).code == 0

    result = vmctl(*BOOT, "--user-data", "-", "web1", stdin=b"x" * 49_152)

    assert result.code == 2
    assert "larger than" in result.err
    assert len(cloud.calls) == 1


def test_endless_user_data_is_not_read_to_its_end(vmctl: Vmctl) -> None:
    assert vmctl(*BOOT, "--user-data", "/dev/zero", "web1").code == 2


def test_an_image_is_found_by_its_properties(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.answers["ListImages"] = image_pb2.ListImagesResponse(
        images=[
            image_pb2.Image(id="1", properties={"os": "debian"}),
            image_pb2.Image(id="2", properties={"os": "debian", "arch": "x86_64"}),
        ]
    )
    with_both = ("--image-with", "os=debian", "--image-with", "arch=x86_64")

    assert vmctl("boot", "--flavor", "f", *with_both, "web1").code == 0
    assert _request(cloud).image == "2"

    result = vmctl("boot", "--flavor", "f", "--image-with", "os=plan9", "web1")
    assert result.code == 2
    assert "No images match the property expected by --image-with" in result.err


def test_a_volume_is_booted_from(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl("boot", "--flavor", "f", "--boot-volume", "v1", "web1")

    assert _request(cloud).image == ""
    assert _request(cloud).volumes == [compute_pb2.VolumeRequest(volume="v1", boot_index=0)]
    assert _request(cloud).volumes[0].HasField("boot_index")


def test_the_default_key_comes_from_novas_environment(
    vmctl: Vmctl, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOVACLIENT_DEFAULT_KEY_NAME", "mine")

    vmctl(*BOOT, "web1")

    assert _request(cloud).key_name == "mine"


def test_hints_and_the_host_travel_in_the_order_given(vmctl: Vmctl, cloud: FakeCloud) -> None:
    hints = ("--hint", "same_host=a", "--hint", "same_host=b", "--hint", 'query=["=", 1, 1]')

    assert vmctl(*BOOT, *hints, "--hypervisor-hostname", "host1", "web1").code == 0

    request = _request(cloud)
    assert [(hint.key, hint.value) for hint in request.hints] == [
        ("same_host", "a"),
        ("same_host", "b"),
        ("query", '["=", 1, 1]'),
    ]
    assert request.host == "host1"


@pytest.mark.parametrize(
    "options", [("--hint", "group"), ("--host", "a", "--hypervisor-hostname", "b")]
)
def test_a_hint_without_a_value_and_two_hosts_are_refused(
    vmctl: Vmctl, cloud: FakeCloud, options: tuple[str, ...]
) -> None:
    assert vmctl(*BOOT, *options, "web1").code == 2
    assert cloud.calls == []
