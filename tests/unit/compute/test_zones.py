from __future__ import annotations

from datetime import timedelta

from tests.support.callers import a_caller, an_admin
from tests.support.clock import NOON, FakeClock
from tests.support.instances import keep_hosts
from vmctld.compute.zones import Zones
from vmctld.storage.database import Database
from vmctld.storage.repositories import host_rules, hosts


def test_a_zone_is_available_while_one_of_its_hosts_is_enabled_and_up(
    database: Database, clock: FakeClock
) -> None:
    keep_hosts(database, "off", "on")
    keep_hosts(database, "silent", now=NOON - timedelta(hours=1))
    with database.write() as tx:
        host_rules.set_enabled(tx, "off", False)
        tx.execute(
            hosts.TABLE.update().where(hosts.TABLE.c.name != "on").values(availability_zone="mars")
        )

    zones = Zones(database, clock).list_zones(an_admin())

    assert [(zone.name, zone.available) for zone in zones] == [("mars", False), ("nova", True)]
    told = [(host.name, host.enabled, host.is_up) for host in zones[0].hosts]
    assert told == [("off", False, True), ("silent", True, False)]


def test_which_hosts_make_a_zone_only_admins_are_told(database: Database, clock: FakeClock) -> None:
    keep_hosts(database, "a")

    (zone,) = Zones(database, clock).list_zones(a_caller())

    assert (zone.name, zone.available, zone.hosts) == ("nova", True, ())
