"""The role table and its document are about exactly the methods that there are."""

import importlib
from pathlib import Path

from google.protobuf import descriptor_pool

import vmctl.v1
from vmctld.rpc.roles import PACKAGE, RULES, SERVICES, Rule, as_markdown

ROOT = Path(__file__).parents[2]


def methods_on_the_wire():
    """Return the full name of every method of every service, from the stubs' descriptors."""
    pool = descriptor_pool.Default()
    found = set()
    for stub in Path(vmctl.v1.__path__[0]).glob("*_pb2.py"):
        name = stub.name.removesuffix("_pb2.py")
        importlib.import_module(f"vmctl.v1.{name}_pb2")
        described = pool.FindFileByName(f"vmctl/v1/{name}.proto")
        for service in described.services_by_name.values():
            found |= {f"/{service.full_name}/{method.name}" for method in service.methods}
    return found


def test_every_method_has_a_rule_and_every_rule_a_method():
    on_the_wire = methods_on_the_wire()

    assert on_the_wire - RULES.keys() == set()
    assert RULES.keys() - on_the_wire == set()
    assert len(on_the_wire) > 50


def test_every_rule_lets_somebody_in():
    assert [method for method, rule in RULES.items() if rule == Rule()] == []


def test_the_document_of_the_roles_is_fresh():
    written = (ROOT / "docs" / "roles.md").read_text()

    assert written == as_markdown(), "run scripts/roles"


def test_the_table_is_of_one_package():
    assert {method.split("/")[1] for method in RULES} == {f"{PACKAGE}.{name}" for name in SERVICES}
