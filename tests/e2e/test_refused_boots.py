"""What a boot may not ask for: refused with its exit code before anything is made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.cloud import Cloud, refusal

BOOT = ("boot", "--flavor", "m1.nano")
FROM_IMAGE = (*BOOT, "--image", "small")
VOLUME = "source=volume,dest=volume,id="


@pytest.mark.parametrize(
    ("noun", "arguments"),
    [
        ("image", (*BOOT, "--image", "nosuch")),
        ("flavor", ("boot", "--image", "small", "--flavor", "nosuch")),
        ("network", (*FROM_IMAGE, "--nic", "net-name=nosuch")),
        ("volume", (*FROM_IMAGE, "--block-device", f"{VOLUME}nosuch")),
        ("volume", (*BOOT, "--boot-volume", "nosuch")),
        ("key pair", (*FROM_IMAGE, "--key-name", "nosuch")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_exist_is_named_with_where_to_look(
    cloud: Cloud, noun: str, arguments: tuple[str, ...]
) -> None:
    ran = cloud.run(*arguments, "web")

    refusal(ran, 3, rf"no {noun} with the name or id 'nosuch'")
    assert f"hint: vmctl {noun.replace(' ', '')}-list" in ran.stderr
    assert cloud.json("list") == []


@pytest.fixture
def twins(cloud: Cloud, small_image: Path) -> dict[str, list[str]]:
    """Two of each thing that may share its name: ids by noun."""
    upload = ("image-upload", "--quiet", "--file", str(small_image), "twin")
    return {
        "image": [cloud.text(*upload).strip() for _ in range(2)],
        "network": [cloud.text("network-create", "--quiet", "twin").strip() for _ in range(2)],
        "volume": [
            cloud.text("volume-create", "--quiet", "--name", "twin", "1").strip() for _ in range(2)
        ],
    }


@pytest.fixture(autouse=True)
def _no_twins_stay(shared_cloud: Cloud) -> object:
    yield
    for noun in ("image", "network", "volume"):
        listed = shared_cloud.json(f"{noun}-list")
        doomed = [one["id"] for one in listed if one["name"] == "twin"]
        if doomed:
            shared_cloud.text(f"{noun}-delete", *doomed)


def test_an_ambiguous_name_lists_its_matches(cloud: Cloud, twins: dict[str, list[str]]) -> None:
    asked = {
        "image": (*BOOT, "--image", "twin"),
        "network": (*FROM_IMAGE, "--nic", "net-name=twin"),
        "volume": (*FROM_IMAGE, "--nic", "net-name=private", "--block-device", f"{VOLUME}twin"),
    }
    for noun, arguments in asked.items():
        ran = cloud.run(*arguments, "web")

        refusal(ran, 5, rf"2 {noun}s are named 'twin'")
        assert all(one in ran.stderr for one in twins[noun])
    assert cloud.json("list") == []


def test_scripts_read_the_matches_of_an_ambiguous_name(
    cloud: Cloud, twins: dict[str, list[str]]
) -> None:
    ran = cloud.run(*BOOT, "--image", "twin", "web", "-f", "json")

    error = json.loads(ran.stderr)["error"]
    assert (ran.returncode, error["code"]) == (5, "ambiguous-name")
    assert {match["id"] for match in error["facts"]["matches"]} == set(twins["image"])
    assert error["request_id"].startswith("req-")


@pytest.mark.parametrize("noun", ["flavor", "key pair"])
def test_what_is_found_by_name_alone_cannot_become_ambiguous(
    cloud: Cloud, noun: str, tmp_path: Path
) -> None:
    create = {
        "flavor": ("flavor-create", "only-one", "auto", "64", "1", "1"),
        "key pair": ("keypair-add", "only-one"),
    }[noun]
    cloud.run(*create)

    assert cloud.run(*create).returncode == 5


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("x" * 256, "has 256 characters, 255 at most"),
        ("line\nbreak", "unprintable at character 5"),
        ("\x1b[31mred", "unprintable at character 1"),
        ("-rf", "begins with a dash"),
        ("web,hostfwd=tcp:127.0.0.1:2222-:22", "holds a ','"),
        ("web=1", "holds a '='"),
    ],
)
def test_names_that_would_read_as_something_else_are_refused(
    cloud: Cloud, name: str, problem: str
) -> None:
    ran = cloud.run(*FROM_IMAGE, "--", name)

    refusal(ran, 2, problem)
    assert "\x1b" not in ran.stderr
    assert cloud.json("list") == []


@pytest.mark.parametrize(
    ("noun", "command", "rest"),
    [
        ("network", ("network-create",), ()),
        ("flavor", ("flavor-create",), ("auto", "64", "1", "1")),
        ("image", ("image-upload", "--file", "{image}"), ()),
        ("key pair", ("keypair-add",), ()),
        ("volume", ("volume-create", "1", "--name"), ()),
        ("project", ("project-create",), ()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_else_is_named_is_held_to_the_same_rules(
    cloud: Cloud, small_image: Path, noun: str, command: tuple[str, ...], rest: tuple[str, ...]
) -> None:
    arguments = [part.format(image=small_image) for part in command]

    refusal(cloud.run(*arguments, "a,b=c", *rest), 2, f"the name of the {noun} holds a ','")


def test_a_name_of_255_characters_is_taken(cloud: Cloud) -> None:
    name = "ü" * 255

    cloud.text(*FROM_IMAGE, "--poll", name)

    assert [row["name"] for row in cloud.json("list")] == [name]


def test_an_image_larger_than_the_flavors_disk_is_refused(
    cloud: Cloud, small_image: Path, tmp_path: Path
) -> None:
    cloud.text("image-upload", "--file", str(small_image), "--min-disk", "2", "large")

    refusal(cloud.run(*BOOT, "--image", "large", "web"), 2, "disk is too small")
    cloud.text("image-delete", "large")


def test_an_image_that_needs_more_ram_than_the_flavor_has_is_refused(
    cloud: Cloud, small_image: Path
) -> None:
    cloud.text("image-upload", "--file", str(small_image), "--min-ram", "129", "hungry")

    refusal(cloud.run(*BOOT, "--image", "hungry", "web"), 2, "128 MiB, the image needs 129 MiB")
    cloud.text("image-delete", "hungry")


def test_user_data_over_64_kib_is_refused(cloud: Cloud, tmp_path: Path) -> None:
    large = tmp_path / "user-data"
    large.write_bytes(b"#" * (64 * 1024 + 1))

    refusal(cloud.run(*FROM_IMAGE, "--user-data", str(large), "web"), 2, "larger than")


def test_a_private_key_given_as_public_key_is_refused_and_not_repeated(
    cloud: Cloud, tmp_path: Path
) -> None:
    private = tmp_path / "key"
    private.write_text(cloud.text("keypair-add", "made-here"))
    assert "PRIVATE KEY" in private.read_text()

    ran = cloud.run("keypair-add", "--pub-key", str(private), "stolen")

    refusal(ran, 2, "holds a private key")
    assert private.read_text().splitlines()[1] not in ran.stderr
    assert "stolen" not in cloud.text("keypair-list")


def test_an_unknown_network_option_is_refused(cloud: Cloud) -> None:
    refusal(cloud.run(*FROM_IMAGE, "--nic", "net-nmae=private", "web"), 2, "net-nmae")


def test_options_of_nova_that_nothing_serves_yet_are_said_to_be_so(cloud: Cloud) -> None:
    refusal(cloud.run(*FROM_IMAGE, "--swap", "64", "web"), 7, "--swap is not supported")


def test_a_network_without_a_free_address_is_refused_before_anything_is_made(
    cloud: Cloud,
) -> None:
    cloud.text("network-create", "narrow")
    cloud.text("subnet-create", "narrow", "10.99.0.0/30")
    on_it = (*FROM_IMAGE, "--nic", "net-name=narrow")
    cloud.text(*on_it, "--poll", "first")

    refusal(cloud.run(*on_it, "second"), 6, "no free address: 1 of 1 are in use")

    assert [row["name"] for row in cloud.json("list")] == ["first"]
    cloud.text("delete", "--wait", "first")
    cloud.text(*on_it, "--poll", "third")
    cloud.text("delete", "--wait", "third")
    cloud.text("network-delete", "narrow")


def test_a_quota_that_has_no_room_refuses_before_anything_is_made(cloud: Cloud) -> None:
    cloud.text("quota-update", "--instances", "0", "admin")

    ran = cloud.run(*FROM_IMAGE, "web")

    cloud.text("quota-update", "--instances", "10", "admin")
    refusal(ran, 6, "Quota exceeded for instances")
    assert cloud.json("list") == []
