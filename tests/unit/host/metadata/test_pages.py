"""The pages of a guest: both forms, all versions, nothing else."""

from __future__ import annotations

import json

import pytest

from vmctld.host.metadata.pages import EC2_VERSIONS, OPENSTACK_VERSIONS, page

EC2 = {
    "instance-id": "i-1",
    "public-keys": {"0=mine": {"openssh-key": "ssh-ed25519 A"}},
    "placement": {"availability-zone": "nova"},
}
FILES = {
    "openstack/latest/meta_data.json": b'{"uuid": "1"}',
    "openstack/latest/user_data": b"#!/bin/sh",
    "ec2/latest/meta-data.json": json.dumps(EC2).encode(),
    "ec2/latest/user-data": b"#!/bin/sh",
}


@pytest.mark.parametrize("version", OPENSTACK_VERSIONS)
def test_each_openstack_version_has_the_documents(version: str) -> None:
    assert page(FILES, f"/openstack/{version}/meta_data.json") == b'{"uuid": "1"}'


@pytest.mark.parametrize("version", EC2_VERSIONS)
def test_each_ec2_version_has_the_values(version: str) -> None:
    assert page(FILES, f"/{version}/meta-data/instance-id") == b"i-1"
    assert page(FILES, f"/{version}/user-data") == b"#!/bin/sh"


def test_directories_list_their_entries() -> None:
    assert page(FILES, "/openstack") == "/\n".join([*OPENSTACK_VERSIONS, ""])[:-1].encode()
    assert page(FILES, "/latest/meta-data/") == b"instance-id\npublic-keys/\nplacement/"
    assert page(FILES, "/latest/meta-data/public-keys/") == b"0=mine"


def test_values_inside_of_directories_are_found() -> None:
    assert page(FILES, "/latest/meta-data/public-keys/0/openssh-key") == b"ssh-ed25519 A"
    assert page(FILES, "/latest/meta-data/placement/availability-zone") == b"nova"


def test_the_password_is_what_the_guest_left_there() -> None:
    assert page(FILES, "/openstack/latest/password", b"sealed") == b"sealed"


@pytest.mark.parametrize(
    "path", ["/x", "/openstack/1999-01-01", "/latest/../etc", "/latest/meta-data/instance-id/x"]
)
def test_what_is_not_there_is_not_found(path: str) -> None:
    assert page(FILES, path) is None


def test_a_guest_without_user_data_is_offered_none() -> None:
    files = {name: data for name, data in FILES.items() if "user" not in name}

    assert page(files, "/latest/user-data") is None
    assert b"user_data" not in (page(files, "/openstack/latest/") or b"")
