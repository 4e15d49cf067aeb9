"""What can only fail after it was accepted: the server in ERROR with its fault, nothing else."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.cloud import Cloud


def test_when_no_host_fits_the_reasons_are_a_table_and_the_remedy_a_hint(cloud: Cloud) -> None:
    cloud.text("flavor-create", "huge", "auto", "1000000000", "1", "1")

    ran = cloud.run("boot", "--flavor", "huge", "--image", "small", "--poll", "web")

    assert ran.returncode == 9
    assert "ERROR (NoValidHost): step 10, scheduler: " in ran.stderr
    assert "| Host" in ran.stderr
    assert "1000000000 MiB asked for" in ran.stderr
    assert "\nhint: " in ran.stderr
    assert [row["status"] for row in cloud.json("list")] == ["ERROR"]
    assert cloud.leftovers() == []
    cloud.text("flavor-delete", "huge")


def test_scripts_read_why_no_host_fits(cloud: Cloud) -> None:
    cloud.text("flavor-create", "wide", "auto", "64", "1", "10000000")

    asked = ("boot", "--flavor", "wide", "--image", "small", "--poll", "web", "-f", "json")
    ran = cloud.run(*asked)

    error = json.loads(ran.stderr)["error"]
    assert (ran.returncode, error["code"]) == (9, "no-valid-host")
    assert error["facts"]["step"] == 10
    assert json.loads(ran.stdout)["fault"]["code"] == "no-valid-host"
    explained = cloud.json("explain", "web")
    assert explained["remedy"]
    assert [verdict["filter"] for verdict in explained["verdicts"]] == ["CoreFilter"]
    cloud.text("flavor-delete", "wide")


def test_a_stored_image_whose_hash_is_wrong_boots_nothing(cloud: Cloud, tmp_path: Path) -> None:
    other = tmp_path / "other.raw"
    other.write_bytes(b"\1" * 2**20)  # no host has a copy of it yet
    image_id = cloud.text("image-upload", "--quiet", "--file", str(other), "broken").strip()
    with (cloud.state_dir / "images" / image_id).open("r+b") as stored:
        stored.write(b"\2")

    ran = cloud.run("boot", "--flavor", "m1.nano", "--image", "broken", "--poll", "web")

    assert ran.returncode == 9
    assert "step 21, image service: " in ran.stderr
    assert "SHA-256" in ran.stderr
    assert cloud.leftovers() == []
    assert not [one for one in cloud.files() if one.endswith((".part", ".tmp"))]
    cloud.text("image-delete", "broken")


def test_a_download_whose_hash_is_wrong_is_refused(cloud: Cloud, tmp_path: Path) -> None:
    plain = tmp_path / "plain.raw"
    plain.write_bytes(b"\3" * 2**20)
    image_id = cloud.text("image-upload", "--quiet", "--file", str(plain), "altered").strip()
    with (cloud.state_dir / "images" / image_id).open("r+b") as stored:
        stored.write(b"\4")

    ran = cloud.run("image-download", "--file", str(tmp_path / "copy"), "altered")

    assert ran.returncode == 1
    assert "SHA-256" in ran.stderr
    assert not (tmp_path / "copy").exists()
    cloud.text("image-delete", "altered")
