"""The pages of one guest: a tree of documents, in OpenStack's and in EC2's form.

Both forms are dated: clients ask for the versions that they know, and a directory lists its
entries.  The documents are those of the config drive, so the two never differ.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

OPENSTACK_VERSIONS = (
    "2012-08-10",
    "2013-04-04",
    "2013-10-17",
    "2015-10-15",
    "2016-06-30",
    "2016-10-06",
    "2017-02-22",
    "2018-08-27",
    "2020-10-14",
    "latest",
)
EC2_VERSIONS = (
    "1.0",
    "2007-01-19",
    "2007-03-01",
    "2007-08-29",
    "2007-10-10",
    "2007-12-15",
    "2008-02-01",
    "2008-09-01",
    "2009-04-04",
    "latest",
)
DOCUMENTS = "openstack/latest/"  # where the config drive has them
EC2_DOCUMENT = "ec2/latest/meta-data.json"
USER_DATA = "ec2/latest/user-data"
PASSWORD = "password"  # noqa: S105 - the name of a page

Tree = Mapping[str, Any]  # a directory: entries, which are directories or bytes


def page(files: Mapping[str, bytes], path: str, password: bytes = b"") -> bytes | None:
    """Return what is at ``path``, None when nothing is; ``files`` are the config drive's.

    A directory is the list of its entries, those that are directories with a slash.
    """
    words = [word for word in path.split("/") if word]
    node: Any = _root(files, password)
    for word in words:
        if not isinstance(node, Mapping) or word not in node:
            return None
        node = node[word]
    if isinstance(node, Mapping):
        return _listing(node, numbered=words[-1:] == ["public-keys"])
    return bytes(node)


def _root(files: Mapping[str, bytes], password: bytes) -> Tree:
    openstack = {
        name.removeprefix(DOCUMENTS): data
        for name, data in files.items()
        if name.startswith(DOCUMENTS)
    }
    openstack[PASSWORD] = password
    ec2: dict[str, Any] = {"meta-data": _ec2(json.loads(files.get(EC2_DOCUMENT, b"{}")))}
    if USER_DATA in files:
        ec2["user-data"] = files[USER_DATA]
    return {
        "openstack": dict.fromkeys(OPENSTACK_VERSIONS, openstack),
        **dict.fromkeys(EC2_VERSIONS, ec2),
    }


def _ec2(data: Mapping[str, Any]) -> Tree:
    """Return EC2's tree of single values out of its JSON form."""
    return {key: _ec2_value(key, value) for key, value in data.items()}


def _ec2_value(key: str, value: object) -> Tree | bytes:
    if key == "public-keys" and isinstance(value, Mapping):
        # "0=name" in the list, "0" in the path
        return {str(number): _ec2(keys) for number, keys in enumerate(value.values())} | {
            "=names": [name.partition("=")[2] for name in value]
        }
    if isinstance(value, Mapping):
        return _ec2(value)
    return str(value).encode()


def _listing(node: Tree, *, numbered: bool) -> bytes:
    if numbered:
        return "\n".join(f"{n}={name}" for n, name in enumerate(node["=names"])).encode()
    return "\n".join(
        f"{name}/" if isinstance(entry, Mapping) else name for name, entry in node.items()
    ).encode()
