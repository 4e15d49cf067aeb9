"""What is answered about instances, and to whom."""

from __future__ import annotations

import pytest
from vmctld.compute.api.instances import Instances
from vmctld.compute.api.watch import Watchers
from vmctld.domain.instance_list import InstanceListRequest
from vmctld.domain.paging import Page
from vmctld.errors import InvalidRequest, NotFound
from vmctld.storage.database import Database

from tests.support.callers import a_caller
from tests.support.instances import an_instance, keep
from tests.support.recording_bus import RecordingBus

UNPRINTABLE = "a\x00b\n\u202e\x1b[31m"


@pytest.fixture
def questions(database: Database, bus: RecordingBus) -> Instances:
    return Instances(database, Watchers(bus))


def test_a_list_goes_on_after_a_marker_of_ones_own_only(
    database: Database, questions: Instances
) -> None:
    theirs = an_instance(project_id="theirs")
    keep(database, theirs)
    request = InstanceListRequest(page=Page(marker=theirs.id))

    found, _ = questions.page(a_caller("theirs"), request)
    with pytest.raises(NotFound) as refused:
        questions.page(a_caller("demo"), request)

    assert found == []
    assert refused.value.code == "marker-not-found"


def test_a_part_of_a_name_that_no_name_can_have_is_refused(questions: Instances) -> None:
    for text in ("x" * 256, "x" * 3_000_000, UNPRINTABLE):
        with pytest.raises(InvalidRequest):
            questions.page(a_caller(), InstanceListRequest(page=Page(), name=text))


def test_what_is_not_found_is_named_without_control_characters(
    database: Database, questions: Instances
) -> None:
    instance = an_instance()
    keep(database, instance)
    caller = a_caller(instance.project_id)

    with pytest.raises(NotFound) as no_action:
        questions.action(caller, instance.id, UNPRINTABLE)
    with pytest.raises(NotFound) as no_marker:
        questions.page(caller, InstanceListRequest(page=Page(marker=UNPRINTABLE)))

    assert no_action.value.message.isprintable()
    assert no_marker.value.message.isprintable()
