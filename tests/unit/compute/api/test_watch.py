from __future__ import annotations

from tests.support.recording_bus import RecordingBus
from vmctld.compute.api.watch import Watchers
from vmctld.compute.messages import InstanceChanged


def test_who_waits_for_an_instance_is_woken_by_its_changes_only(bus: RecordingBus) -> None:
    watchers = Watchers(bus)

    with watchers.watch("i-1") as first, watchers.watch("i-1") as second:
        bus.fanout("instance-changed", InstanceChanged("i-2"))
        assert not first.is_set()
        bus.fanout("instance-changed", InstanceChanged("i-1"))

        assert first.is_set()
        assert second.is_set()


def test_who_has_gone_is_forgotten(bus: RecordingBus) -> None:
    watchers = Watchers(bus)
    with watchers.watch("i-1") as gone:
        with watchers.watch("i-1"):
            pass
        bus.fanout("instance-changed", InstanceChanged("i-1"))
        assert gone.is_set()

    assert watchers._waiting == {}


def test_other_news_wakes_nobody(bus: RecordingBus) -> None:
    watchers = Watchers(bus)

    with watchers.watch("i-1") as event:
        bus.fanout("instance-changed", "nonsense")

        assert not event.is_set()
