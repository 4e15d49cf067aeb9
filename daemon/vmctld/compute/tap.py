"""Failpoints on the bus: loses and doubles the messages of a boot and of a deletion."""

from __future__ import annotations

from vmctld.bus.tap import Fate
from vmctld.compute import messages as m
from vmctld.observe.failpoints import Phase, copies

AT_SEND: dict[type, str] = {
    m.PlaceInstance: "8",
    m.BuildInstance: "12",
    m.LoadInstance: "14",
    m.InstanceDestroyed: "delete:report",
    m.TaskDone: "action:report",
}
AT_DELIVERY: dict[type, str] = {
    m.PlaceInstance: "9",
    m.BuildInstance: "13",
    m.LoadInstance: "15",
    m.TerminateInstance: "delete:terminate",
    m.DestroyInstance: "delete:destroy",
    m.RunTask: "action:dispatch",
    m.DoTask: "action:do",
}


class FailpointTap:
    """Fills ``bus.Tap``: what is armed for a message's point decides over the message."""

    def at_send(self, address: str, message: object) -> Fate:
        """Return the fate of a message that is being sent."""
        return _fate(AT_SEND.get(type(message)))

    def at_delivery(self, address: str, message: object) -> Fate:
        """Return the fate of a message that was taken and is about to be handled."""
        return _fate(AT_DELIVERY.get(type(message)))


def _fate(point: str | None) -> Fate:
    return Fate(copies(point, Phase.BEFORE)) if point else Fate()
