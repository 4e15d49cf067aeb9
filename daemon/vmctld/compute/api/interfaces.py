"""Accepts that an instance gets another network card, or loses one."""

from __future__ import annotations

import uuid

from vmctld.compute.api.actions import Actions, Ask
from vmctld.compute.api.instances import Instances
from vmctld.compute.api.ports import Networks
from vmctld.domain.identity import Caller
from vmctld.domain.instance import Instance, Nic
from vmctld.domain.names import looks_like_id, shown
from vmctld.domain.network import NicRequest
from vmctld.errors import InvalidRequest, NotFound, QuotaExceeded
from vmctld.observe import context

MAX_CARDS = 16  # each takes one of the 32 slots of a PCI bus; disks need some, too


class Interfaces:
    """Accepts cards to plug in and to take out; the instance's host does the rest."""

    def __init__(self, actions: Actions, instances: Instances, networks: Networks) -> None:
        self._actions = actions
        self._instances = instances
        self._networks = networks

    def attach(self, caller: Caller, reference: str, wish: NicRequest) -> tuple[Instance, Nic]:
        """Return the instance on its way to another card, and the card.

        Without a network and a port it is on the only network there is.  Raises
        InvalidRequest (``invalid-nic``), NotFound, WrongState (state, ``port-in-use``),
        Conflict (``multiple-networks``, ``address-in-use``), Exhausted, QuotaExceeded.
        """
        _check_wish(wish)
        instance = self._instances.get(caller, reference)
        requests = (wish,) if wish.network or wish.port_id else ()
        resolved = self._networks.resolve_nics(requests)
        if not resolved:
            raise NotFound(
                "there is no network to plug a card into",
                code="network-not-found",
                hint="vmctl network-create NAME",
            )
        nic = Nic(
            port_id=resolved[0].port_id or _drawn_id(instance.id),
            network_id=resolved[0].network_id,
            fixed_ip=resolved[0].fixed_ip,
            existing=resolved[0].port_id is not None,
        )

        def check(_tx: object, found: Instance) -> None:
            if len(found.nics) >= MAX_CARDS:
                raise QuotaExceeded(
                    f"the server has {len(found.nics)} network cards; {MAX_CARDS} is the most",
                    code="too-many-cards",
                    hint="take one out: vmctl interface-detach SERVER PORT",
                    facts={"instance_id": found.id, "limit": MAX_CARDS},
                )

        ask = Ask("attach_interface", nic=nic)
        return self._actions.begin(caller, instance.id, ask, also=check), nic

    def detach(self, caller: Caller, reference: str, port: str) -> Instance:
        """Return the instance on its way to be without the card of a port.

        Raises NotFound (``port-not-attached``), WrongState.
        """
        instance = self._instances.get(caller, reference)
        port_id = looks_like_id(port)
        nic = next((nic for nic in instance.nics if nic.port_id == port_id), None)
        if nic is None:
            task = instance.task
            if task is None or task.nic is None or task.nic.port_id != port_id:
                raise _not_attached(instance, port)
            nic = task.nic  # it is coming or going: its state says so
        return self._actions.begin(caller, instance.id, Ask("detach_interface", nic=nic))


def _drawn_id(instance_id: str) -> str:
    """Return the new port's id; a request that is sent again draws the same one."""
    return str(uuid.uuid5(uuid.UUID(instance_id), context.current().request_id))


def _check_wish(wish: NicRequest) -> None:
    if wish.port_id and wish.network:
        raise _invalid("Must not input both network_id and port_id")  # nova's words
    if wish.fixed_ip and wish.port_id:
        raise _invalid("Must not input both fixed_ips and port_id")
    if wish.fixed_ip and not wish.network:
        raise _invalid("Must input network_id when request IP address")


def _invalid(problem: str) -> InvalidRequest:
    return InvalidRequest(
        problem, code="invalid-nic", hint="--net-id NETWORK [--fixed-ip IP], or --port-id PORT"
    )


def _not_attached(instance: Instance, port: str) -> NotFound:
    return NotFound(
        f"Port id {shown(port[:64])} could not be found.",  # nova's words
        code="port-not-attached",
        hint=f"vmctl interface-list {instance.id} shows what is plugged in",
        facts={"instance_id": instance.id},
    )
