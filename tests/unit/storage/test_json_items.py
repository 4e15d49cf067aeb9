"""Lists in JSON columns, asked for what is in them."""

from __future__ import annotations

import pytest

from tests.support.instances import an_instance, keep
from vmctld.domain.instance import Address
from vmctld.storage.database import Database
from vmctld.storage.repositories.instance_pages import InstanceFilter, Part, page


def _address(address: str) -> Address:
    return Address("private", address, "p", "fa:16:3e:00:00:01")


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"tags": ("a",)}, {"one", "two"}),
        ({"tags": ("a", "b")}, {"two"}),
        ({"tags": ("A",)}, set()),
        ({"tags": ('x"y\\',)}, {"odd"}),
        ({"tags_any": ("b", 'x"y\\')}, {"two", "odd"}),
        ({"not_tags": ("a", "b")}, {"one", "odd", "none"}),
        ({"not_tags_any": ("a", "b")}, {"odd", "none"}),
        ({"ip_pattern": r"10\.0\.0\.1$"}, {"one"}),
        ({"ip_pattern": "^10"}, {"one", "two"}),
        ({"ip_pattern": "fd00"}, set()),
        ({"ip6_pattern": "^fd00::"}, {"two"}),
    ],
)
def test_a_list_is_asked_for_its_items(
    database: Database, wanted: dict[str, tuple[str, ...]], names: set[str]
) -> None:
    keep(
        database,
        an_instance(name="one", tags=("a",), addresses=(_address("10.0.0.1"),)),
        an_instance(
            name="two", tags=("a", "b"), addresses=(_address("10.0.0.12"), _address("fd00::1"))
        ),
        an_instance(name="odd", tags=('x"y\\',)),
        an_instance(name="none"),
    )

    with database.read() as tx:
        found = page(tx, InstanceFilter(**wanted), Part(10))  # type: ignore[arg-type]

    assert {one.name for one in found} == names
