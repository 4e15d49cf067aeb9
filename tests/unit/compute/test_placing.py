from __future__ import annotations

from dataclasses import replace

from tests.support.instances import NANO, an_instance
from vmctld.compute.placing import claims_of, place_request
from vmctld.domain.instance import Resources, VolumePlan


def test_an_instance_claims_what_its_flavor_says() -> None:
    assert claims_of(an_instance(flavor=replace(NANO, ephemeral_gib=3))) == Resources(1, 128, 4)


def test_what_boots_from_a_volume_claims_no_root_disk() -> None:
    from_volume = an_instance(volumes=(VolumePlan("vol-1", "att-1", boot_index=0),))

    assert claims_of(from_volume).disk_gib == 0


def test_a_request_says_all_that_a_decision_depends_on() -> None:
    instance = an_instance(
        attempt=2, excluded_hosts=("a",), availability_zone="nova", forced_host="b"
    )

    request = place_request(instance)

    assert (request.instance_id, request.attempt, request.excluded_hosts) == (
        instance.id,
        2,
        ("a",),
    )
    assert (request.availability_zone, request.forced_host) == ("nova", "b")
    assert request.resources == claims_of(instance)
