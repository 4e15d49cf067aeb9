"""What users write on instances: names, metadata, tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.clock import FakeClock
from tests.support.instances import an_instance, keep, kept
from tests.support.recording_bus import RecordingBus
from vmctld.compute.api.details import Details, DetailsUpdate
from vmctld.compute.messages import INSTANCE_CHANGED, InstanceChanged
from vmctld.compute.quotas import ProjectQuotas
from vmctld.domain.instance import Instance, Lock, TaskState, VmState
from vmctld.domain.tags import MAX_TAG_CHARS, MAX_TAGS
from vmctld.errors import InvalidRequest, NotFound, QuotaExceeded, WrongState
from vmctld.storage.database import Database

Changed = Callable[[Details, str], Instance]


@pytest.fixture
def details(database: Database, bus: RecordingBus, clock: FakeClock) -> Details:
    return Details(database, bus, ProjectQuotas(database), clock)


def _kept(database: Database, **changes: Any) -> Instance:
    instance = an_instance(**{"vm_state": VmState.ACTIVE, "task_state": None, **changes})
    keep(database, instance)
    return instance


def test_an_update_changes_what_was_named_and_nothing_else(
    details: Details, database: Database, bus: RecordingBus
) -> None:
    instance = _kept(database, description="old", metadata={"a": "1"}, tags=("x",))

    changed = details.update(a_caller(), "web", DetailsUpdate(name=" db "))

    assert (changed.name, changed.description, changed.hostname) == ("db", "old", "web")
    assert kept(database, instance.id) == changed
    assert bus.told == [(INSTANCE_CHANGED, InstanceChanged(instance.id))]


def test_an_empty_description_takes_it_away(details: Details, database: Database) -> None:
    _kept(database, description="old")

    changed = details.update(a_caller(), "web", DetailsUpdate(description="", hostname="w-1"))

    assert (changed.description, changed.hostname) == (None, "w-1")


@pytest.mark.parametrize(
    "wanted",
    [
        DetailsUpdate(name=""),
        DetailsUpdate(name="-x"),
        DetailsUpdate(description="x" * 256),
        DetailsUpdate(hostname="Not A Label"),
    ],
)
def test_words_that_cannot_be_are_refused(
    details: Details, database: Database, wanted: DetailsUpdate
) -> None:
    instance = _kept(database)

    with pytest.raises(InvalidRequest):
        details.update(a_caller(), "web", wanted)

    assert kept(database, instance.id) == instance


def test_metadata_is_added_changed_and_deleted(details: Details, database: Database) -> None:
    _kept(database, metadata={"a": "1", "b": "2"})

    details.set_metadata(a_caller(), "web", {"b": "3", "c": "4"})
    changed = details.delete_metadata(a_caller(), "web", ["a"])

    assert changed.metadata == {"b": "3", "c": "4"}


def test_an_item_that_is_not_there_leaves_all_as_it_is(
    details: Details, database: Database
) -> None:
    instance = _kept(database, metadata={"a": "1"})

    with pytest.raises(NotFound) as refused:
        details.delete_metadata(a_caller(), "web", ["a", "b"])

    assert refused.value.code == "metadata-item-not-found"
    assert kept(database, instance.id).metadata == {"a": "1"}


def test_more_metadata_than_the_quota_allows_is_refused(
    details: Details, database: Database
) -> None:
    _kept(database, metadata={f"k{n}": "" for n in range(128)})

    details.set_metadata(a_caller(), "web", {"k0": "changed"})
    with pytest.raises(QuotaExceeded):
        details.set_metadata(a_caller(), "web", {"k128": "one too many"})


def test_tags_are_kept_sorted_and_once(details: Details, database: Database) -> None:
    _kept(database, tags=("b",))

    added = details.add_tags(a_caller(), "web", ["c", "a", "b", "c"])
    fewer = details.delete_tags(a_caller(), "web", ["b"])
    others = details.replace_tags(a_caller(), "web", ["z"])
    none = details.replace_tags(a_caller(), "web", [])

    assert [one.tags for one in (added, fewer, others, none)] == [
        *(("a", "b", "c"), ("a", "c"), ("z",), ())
    ]


def test_a_tag_that_is_not_there_cannot_be_deleted(details: Details, database: Database) -> None:
    _kept(database, tags=("a",))

    with pytest.raises(NotFound) as refused:
        details.delete_tags(a_caller(), "web", ["a", "b"])

    assert refused.value.code == "tag-not-found"


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        (["a,b"], "invalid-tag"),
        (["a/b"], "invalid-tag"),
        ([""], "invalid-tag"),
        (["a\n"], "invalid-tag"),
        (["x" * (MAX_TAG_CHARS + 1)], "invalid-tag"),
        ([str(n) for n in range(MAX_TAGS + 1)], "too-many-tags"),
    ],
)
def test_tags_that_cannot_be_are_refused(
    details: Details, database: Database, tags: list[str], code: str
) -> None:
    _kept(database)

    with pytest.raises(InvalidRequest) as refused:
        details.add_tags(a_caller(), "web", tags)

    assert refused.value.code == code


def test_tags_that_are_there_count(details: Details, database: Database) -> None:
    _kept(database, tags=tuple(f"t{n:02}" for n in range(MAX_TAGS)))

    details.add_tags(a_caller(), "web", ["t00"])
    with pytest.raises(InvalidRequest):
        details.add_tags(a_caller(), "web", ["one-more"])


ANNOTATIONS: dict[str, Changed] = {
    "set": lambda details, server: details.set_metadata(a_caller(), server, {"a": "1"}),
    "delete": lambda details, server: details.delete_metadata(a_caller(), server, ["a"]),
    "tag": lambda details, server: details.add_tags(a_caller(), server, ["a"]),
    "untag": lambda details, server: details.delete_tags(a_caller(), server, ["a"]),
}


@pytest.mark.parametrize("annotate", ANNOTATIONS.values(), ids=ANNOTATIONS)
@pytest.mark.parametrize("state", [VmState.BUILDING, VmState.ERROR, VmState.RESCUED])
def test_what_is_not_settled_is_not_annotated(
    details: Details, database: Database, annotate: Changed, state: VmState
) -> None:
    instance = _kept(database, vm_state=state)

    with pytest.raises(WrongState) as refused:
        annotate(details, instance.id)

    assert f"while it is in vm_state {state}" in refused.value.message


@pytest.mark.parametrize("annotate", ANNOTATIONS.values(), ids=ANNOTATIONS)
def test_whatever_goes_on_does_not_stop_an_annotation(
    details: Details, database: Database, annotate: Changed
) -> None:
    instance = _kept(database, task_state=TaskState.POWERING_OFF, metadata={"a": "0"}, tags=("a",))

    annotate(details, instance.id)


def test_a_locked_server_is_annotated_by_admins_only(details: Details, database: Database) -> None:
    instance = _kept(database, lock=Lock(by_admin=False, reason=None))

    with pytest.raises(WrongState):
        details.set_metadata(a_caller(), instance.id, {"a": "1"})
    details.set_metadata(an_admin(), instance.id, {"a": "1"})


def test_what_is_gone_or_somebody_elses_does_not_exist(
    details: Details, database: Database
) -> None:
    gone = _kept(database, vm_state=VmState.DELETED)
    others = _kept(database, project_id="other")

    for instance in (gone, others):
        with pytest.raises(NotFound):
            details.update(a_caller(), instance.id, DetailsUpdate(name="x"))
