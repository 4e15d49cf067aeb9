"""The instances that a boot request will make, before anything is made."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from vmctld.compute.api.validation import hostname_of
from vmctld.compute.api.wishes import seed_of
from vmctld.domain.boot_request import BootRequest
from vmctld.domain.flavor import Flavor
from vmctld.domain.identity import Caller
from vmctld.domain.image import Image
from vmctld.domain.instance import Instance, Nic, TaskState, VmState, VolumePlan
from vmctld.domain.keypair import Keypair
from vmctld.domain.machine import PowerState
from vmctld.domain.network import ResolvedNic
from vmctld.domain.wishes import Wishes


@dataclass(frozen=True, slots=True)
class Plan:
    """A request with everything in it resolved."""

    request: BootRequest
    flavor: Flavor
    image: Image | None
    keypair: Keypair | None
    nics: tuple[ResolvedNic, ...]
    volumes: tuple[VolumePlan, ...]
    zone: str | None
    forced_host: str | None
    wishes: Wishes


def draft_of(
    caller: Caller,
    plan: Plan,
    number: int | None,
    reservation_id: str,
    request_id: str,
    now: datetime,
) -> Instance:
    """Return one instance to be; ``number`` is its place among several, from 1."""
    request = plan.request
    return Instance(
        id=str(uuid.uuid4()),
        project_id=caller.project_id,
        user_id=caller.user_id,
        name=request.name if number is None else f"{request.name}-{number}",
        hostname=request.hostname or hostname_of(request.name, number),
        description=request.description,
        vm_state=VmState.BUILDING,
        task_state=TaskState.SCHEDULING,
        power_state=PowerState.NOSTATE,
        host=None,
        availability_zone=plan.zone,
        forced_host=plan.forced_host,
        flavor=plan.flavor,
        image_id=plan.image.id if plan.image else None,
        image_name=plan.image.name if plan.image else None,
        key_name=plan.keypair.name if plan.keypair else None,
        public_key=plan.keypair.public_key if plan.keypair else None,
        user_data=request.user_data,
        metadata=request.metadata,
        tags=request.tags,
        nics=tuple(_nic(nic) for nic in plan.nics),
        volumes=plan.volumes,
        addresses=(),
        config_drive=True,
        attempt=1,
        excluded_hosts=(),
        fault=None,
        request_id=request_id,
        reservation_id=reservation_id,
        launch_index=(number or 1) - 1,
        ssh_port=None,
        accelerator=None,
        created_at=now,
        updated_at=now,
        launched_at=None,
        terminated_at=None,
        deadline_at=None,
        wishes=seed_of(plan.wishes, number or 1),
    )


def _nic(nic: ResolvedNic) -> Nic:
    return Nic(
        port_id=nic.port_id or str(uuid.uuid4()),
        network_id=nic.network_id,
        fixed_ip=nic.fixed_ip,
        existing=nic.port_id is not None,
        security_group_ids=nic.security_group_ids,
    )
