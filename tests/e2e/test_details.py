"""What users write on servers and flavors, by ``vmctl`` and a daemon that runs."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.cloud import Cloud

BOOT = ("boot", "--flavor", "m1.nano", "--image", "small", "--poll")


def _named(cloud: Cloud, *options: str) -> list[str]:
    return [server["name"] for server in cloud.json("list", *options)]


def test_servers_are_found_by_what_is_written_on_them(cloud: Cloud) -> None:
    cloud.text(*BOOT, "--tags", "blue,prod", "--meta", "role=web", "--description", "d", "web-1")
    cloud.text(*BOOT, "--tags", "prod", "web-2")
    cloud.text("meta", "web-1", "set", "stage=test", "role=db")
    cloud.text("meta", "web-1", "delete", "role")
    cloud.text("server-tag-add", "web-2", "green")
    cloud.text("rename", "web-2", "db-2")
    cloud.text("lock", "db-2")

    shown = cloud.json("show", "web-1")
    address = shown["addresses"][0]["address"]
    assert (shown["metadata"], shown["tags"]) == ({"stage": "test"}, ["blue", "prod"])
    assert cloud.text("server-tag-list", "db-2", "-f", "value").split() == ["green", "prod"]
    for options, names in (
        (("--tags", "prod"), ["db-2", "web-1"]),
        (("--tags", "prod", "--not-tags-any", "green,red"), ["web-1"]),
        (("--name", "^db-[0-9]$"), ["db-2"]),
        (("--ip", f"^{address}$".replace(".", "[.]")), ["web-1"]),
        (("--flavor", "m1.nano", "--image", "small", "--vm-state", "active"), ["db-2", "web-1"]),
        (("--power-state", "running", "--config-drive"), ["db-2", "web-1"]),
        (("--locked", "1"), ["db-2"]),
        (("--changes-since", "2999-01-01"), []),
        (("--tenant", "admin", "--user", "admin", "--sort", "name:desc"), ["web-1", "db-2"]),
    ):
        assert _named(cloud, *options) == names, options

    cloud.text("server-tag-delete-all", "web-1")
    assert _named(cloud, "--tags", "prod") == ["db-2"]


def test_a_private_flavor_is_for_those_who_were_given_it(cloud: Cloud) -> None:
    cloud.text("project-create", "guests")
    cloud.text("flavor-create", "--is-public", "false", "secret", "s1", "128", "1", "1")

    given = cloud.json("flavor-access-add", "secret", "guests")
    listed = cloud.json("flavor-access-list", "--flavor", "secret")
    cloud.text("flavor-key", "secret", "set", "hw:a=1", "hw:b=2")
    cloud.text("flavor-key", "secret", "unset", "hw:a")
    told = cloud.json("flavor-update", "secret", "for guests")

    assert given == listed
    assert [one["flavor_id"] for one in given] == ["s1"]
    assert (told["extra_specs"], told["description"]) == ({"hw:b": "2"}, "for guests")
    assert cloud.json("flavor-access-remove", "secret", "guests") == []
    cloud.text("flavor-delete", "secret")
    cloud.text("project-delete", "guests")


def test_names_are_ready_for_the_shell(cloud: Cloud, tmp_path: Path) -> None:
    cloud.text(*BOOT, "here")

    asked = cloud.run("bash-completion", "--refresh", "servers", XDG_CACHE_HOME=str(tmp_path))

    assert (asked.returncode, asked.stderr) == (0, "")
    (kept,) = tmp_path.glob("vmctl/*/servers")
    assert kept.read_text().splitlines()[1:] == ["here"]
