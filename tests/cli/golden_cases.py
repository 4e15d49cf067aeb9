"""How each command is called for its golden file: from its own arguments, or as said here."""

from __future__ import annotations

from collections.abc import Iterator

import click

from vmctl_cli.lazy import root_command
from vmctl_cli.registry import MODULES

CONTEXT = click.Context(root_command(), info_name="vmctl")
SAMPLES = {
    "server": "web1",
    "servers": "web1",
    "flavor": "m1.nano",
    "image": "tiny",
    "metadata": "role=web",
    "specs": "hw:a=1",
    "properties": "os=none",
    "cidr": "10.30.0.0/24",
    "rotation": "1",
    "url": "https://example.org/",
}
"""Arguments that cannot be just any word."""

OTHERWISE: dict[str, tuple[tuple[str, ...], ...]] = {
    "boot": (
        ("--flavor", "m1.nano", "--image", "tiny", "web1"),
        ("--flavor", "m1.nano", "--image", "tiny", "--poll", "web1"),
        ("--flavor", "m1.nano", "--image", "tiny", "--trace", "web1"),
        ("--flavor", "m1.nano", "--image", "tiny", "--max-count", "2", "web"),
        ("--flavor", "m1.nano", "--image", "tiny", "--return-reservation-id", "web1"),
        ("--flavor", "m1.nano", "--image", "tiny", "--dry-run", "web1"),
    ),
    "image-create": (("--show", "web1", "snapshot"),),
    "list": ((), ("--all-tenants",), ("--minimal",), ("--fields", "host,status")),
    "delete": (("web1",), ("--wait", "web1")),
    "errors": (("no-valid-host",),),
    "flavor-create": (("small", "auto", "256", "1", "1"),),
    "aggregate-update": (("--name", "faster", "fast"),),
    "hypervisor-set": (("--cpu-allocation-ratio", "8", "host1"),),
    "quota-class-update": (("--instances", "20", "default"),),
    "server-group-create": (("web", "anti-affinity"),),
    "service-disable": (("--reason", "new disks", "host1"),),
    "usage": (("--start", "2026-01-01", "--end", "2026-02-01"),),
    "usage-list": (("--start", "2026-01-01", "--end", "2026-02-01"),),
    "hypervisor-show": (("name-1",),),
    "image-set": (("--name", "other", "tiny"),),
    "image-upload": (("--file", "disk", "tiny"),),
    "keypair-add": (("--pub-key", "key.pub", "mine"),),
    "network-create": (("backend",),),
    "port-update": (("--no-security-groups", "p1"),),
    "secgroup-rule-create": (("--protocol", "tcp", "--dst-port", "22", "web"),),
    "secgroup-update": (("--name", "front", "web"),),
    "router-set": (("--external-gateway", "public", "edge"),),
    "router-unset": (("--external-gateway", "edge"),),
    "project-set": (("--description", "for tests", "web"),),
    "quota-update": (("--instances", "20", "web"),),
    "subnet-create": (("--name", "sub", "private", "10.30.0.0/24"),),
    "update": (("--name", "db1", "web1"),),
    "user-create": (("--password-stdin", "ada"),),
    "user-set": (("--email", "ada@example.org", "ada"),),
    "volume-create": (("--name", "data", "1"),),
}

WITHOUT = {
    "bash-completion": "tests/architecture/test_completions.py has all its words",
    "completion": "completions/ holds what it prints, and a test keeps it fresh",
    "console": "talks to a guest: tests/cli/commands/test_access.py",
    "help": "tests/architecture/test_help.py reads all of it",
    "image-download": "bytes, not a document: tests/cli/commands/test_image_transfer.py",
    "login": "the time of day and a place of its own: tests/cli/commands/test_session.py",
    "ssh": "becomes another program: tests/cli/commands/test_access.py",
    "tunnel": "carries other programs' bytes: tests/cli/commands/test_access.py",
    "whoami": "the place of its token: tests/cli/commands/test_session.py",
}


def cases_of(name: str) -> Iterator[tuple[str, ...]]:
    """Yield the arguments of each call of the command ``name``."""
    if name in OTHERWISE:
        yield from OTHERWISE[name]
        return
    found = root_command().get_command(CONTEXT, name)
    assert found is not None
    arguments: list[str] = []
    for param in found.params:
        if isinstance(param, click.Argument) and (param.required or param.nargs == -1):
            arguments.append(_sample(param))
        elif param.required:
            arguments = [param.opts[0], _sample(param), *arguments]
    yield tuple(arguments)


def _sample(param: click.Parameter) -> str:
    name = param.name or ""
    if isinstance(param.type, click.Choice):
        return str(param.type.choices[0])
    if isinstance(param.type, click.IntRange | type(click.INT) | type(click.FLOAT)):
        return "1"
    return SAMPLES.get(name, f"a-{name.replace('_', '-')}")


GOLDEN = [name for name in MODULES if name not in WITHOUT]
