"""Who may see and touch what."""

from __future__ import annotations

import pytest

from tests.support.callers import a_caller, a_service, an_admin
from tests.support.networks import a_network
from vmctld.domain.ownership import listed_project, require_admin, require_owner
from vmctld.errors import Forbidden


def test_an_owner_an_admin_and_a_service_may_touch_a_thing() -> None:
    for caller in (a_caller("demo"), an_admin(), a_service()):
        require_owner(caller, a_network(project="demo"), "touch it")


def test_others_may_not_and_are_told_so() -> None:
    with pytest.raises(Forbidden, match="only its owner may touch it") as refusal:
        require_owner(a_caller("other"), a_network(project="demo"), "touch it")

    assert refusal.value.code == "not-owner"


def test_what_is_for_admins_is_not_for_others() -> None:
    require_admin(an_admin(), "do it")

    with pytest.raises(Forbidden, match="only an admin may do it") as refusal:
        require_admin(a_caller(), "do it")

    assert refusal.value.code == "admin-only"


def test_a_list_shows_ones_own_and_to_an_admin_who_asks_everything() -> None:
    assert listed_project(a_caller("demo"), all_projects=False) == "demo"
    assert listed_project(an_admin("admin"), all_projects=False) == "admin"
    assert listed_project(an_admin(), all_projects=True) is None
    with pytest.raises(Forbidden):
        listed_project(a_caller(), all_projects=True)
