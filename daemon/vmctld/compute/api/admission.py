"""Steps 3 to 7: is the request good, may it be, and then its entry, all or nothing.

The entry, its part of the quota, the message to the scheduler and the idempotency key are
one transaction.  Ids of ports and attachments are drawn here: whatever is made later is
made sure of under an id that is known already.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from vmctld.compute import boot
from vmctld.compute.api.ports import (
    Flavors,
    Images,
    Keypairs,
    Networks,
    Quota,
    VolumeReleaser,
    Volumes,
)
from vmctld.compute.api.validation import check_image_fits, checked, hostname_of
from vmctld.compute.messages import API_ADDRESS, SCHEDULER_ADDRESS
from vmctld.compute.outbox import Outbox, OutboxTx
from vmctld.compute.placing import claims_of, place_request
from vmctld.compute.steps import between
from vmctld.domain.boot_request import BootRequest
from vmctld.domain.clock import Clock
from vmctld.domain.flavor import Flavor
from vmctld.domain.identity import Caller, StepTiming, Validation
from vmctld.domain.image import Image
from vmctld.domain.instance import Instance, Nic, TaskState, VmState, VolumePlan
from vmctld.domain.keypair import Keypair
from vmctld.domain.machine import PowerState
from vmctld.domain.network import ResolvedNic
from vmctld.domain.recorded import InstanceAction
from vmctld.domain.trace import Outcome, TracedStep
from vmctld.errors import AlreadyExists, Forbidden, QuotaExceeded, VmctlError
from vmctld.observe import context, failpoints
from vmctld.observe.failpoints import Phase
from vmctld.storage.database import Database
from vmctld.storage.repositories import actions, instances, journal
from vmctld.storage.repositories.instance_rows import Idempotency

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Needs:
    """The other services that an admission asks."""

    flavors: Flavors
    keypairs: Keypairs
    images: Images
    networks: Networks
    volumes: Volumes
    release: VolumeReleaser
    quota: Quota


@dataclass(frozen=True, slots=True)
class _Plan:
    """A request with everything in it resolved."""

    request: BootRequest
    flavor: Flavor
    image: Image | None
    keypair: Keypair | None
    nics: tuple[ResolvedNic, ...]
    volumes: tuple[VolumePlan, ...]
    zone: str | None
    forced_host: str | None


class Admission:
    """Accepts boots."""

    def __init__(self, database: Database, outbox: Outbox, needs: Needs, clock: Clock) -> None:
        self._database = database
        self._outbox = outbox
        self._needs = needs
        self._clock = clock

    def boot(
        self, validation: Validation, request: BootRequest, sent_at: datetime | None
    ) -> list[Instance]:
        """Return the new instances, in BUILD; or, for a repeated key, those made then.

        Raises InvalidRequest, NotFound, Conflict, Forbidden, QuotaExceeded, WrongState,
        AlreadyExists (the key came with another request before).
        """
        caller = validation.caller
        request = checked(request)
        digest = _digest(request)
        if request.idempotency_key:
            earlier = self._made_before(caller, request.idempotency_key, digest)
            if earlier:
                return earlier
        plan = self._resolve(caller, request)
        admitted = self._admit_steps(validation, sent_at)
        drafts = self._drafts(caller, plan)
        try:
            return self._commit(validation, plan, drafts, digest, admitted)
        except AlreadyExists:
            return self._made_before(caller, request.idempotency_key or "", digest)

    def _resolve(self, caller: Caller, request: BootRequest) -> _Plan:
        needs = self._needs
        flavor = needs.flavors.get_flavor(caller, request.flavor)
        image = needs.images.get_image(request.image) if request.image else None
        if image is not None:
            check_image_fits(image, flavor)
        keypair = needs.keypairs.get_keypair(caller, request.key_name) if request.key_name else None
        nics = () if request.no_nics else needs.networks.resolve_nics(request.nics)
        found = needs.volumes.resolve_volumes(request.volumes) if request.volumes else ()
        volumes = tuple(
            VolumePlan(
                volume_id=volume.id,
                attachment_id=str(uuid.uuid4()),
                boot_index=asked.boot_index,
                delete_on_termination=asked.delete_on_termination,
            )
            for volume, asked in zip(found, request.volumes, strict=True)
        )
        zone, forced_host = _zone_and_host(caller, request.availability_zone)
        return _Plan(request, flavor, image, keypair, nics, volumes, zone, forced_host)

    def _drafts(self, caller: Caller, plan: _Plan) -> list[Instance]:
        now = self._clock()
        reservation_id = f"r-{secrets.token_hex(4)}"
        request_id = context.current().request_id
        count = plan.request.max_count
        return [
            _draft(caller, plan, index if count > 1 else None, reservation_id, request_id, now)
            for index in range(1, count + 1)
        ]

    def _commit(
        self,
        validation: Validation,
        plan: _Plan,
        drafts: list[Instance],
        digest: str,
        admitted: Sequence[TracedStep],
    ) -> list[Instance]:
        key = plan.request.idempotency_key
        began = self._clock()
        failpoints.hit("6", Phase.BEFORE)
        with self._outbox.transaction("7") as posting:
            begun = self._clock()
            drafts = self._claim_quota(posting, plan, drafts)
            idempotency = Idempotency(key, digest) if key else None
            instances.insert(posting.tx, drafts, claims_of(drafts[0]), idempotency)
            inserted = self._clock()
            made = (between(6, began, begun), between(7, begun, inserted, f"{len(drafts)} made"))
            entries = [
                entry
                for draft in drafts
                for entry in _journal(draft, validation, admitted, made, inserted)
            ]
            journal.write(posting.tx, entries)
            actions.add(posting.tx, [_create_action(draft) for draft in drafts])
            for draft in drafts:
                posting.post(SCHEDULER_ADDRESS, place_request(draft), answer_to=API_ADDRESS)
            posting.before_sending(lambda: self._reserve(drafts))
        return drafts

    def _claim_quota(
        self, posting: OutboxTx, plan: _Plan, drafts: list[Instance]
    ) -> list[Instance]:
        """Claim for as many as there is room for, never for fewer than the least wanted."""
        flavor, least = plan.flavor, plan.request.min_count
        for count in range(len(drafts), least - 1, -1):
            try:
                self._needs.quota.claim(
                    posting.tx,
                    drafts[0].project_id,
                    instances=count,
                    cores=count * flavor.vcpus,
                    ram_mib=count * flavor.ram_mib,
                )
            except QuotaExceeded:
                if count == least:
                    raise
            else:
                return drafts[:count]
        raise AssertionError("unreachable: the last round returns or raises")

    def _made_before(self, caller: Caller, key: str, digest: str) -> list[Instance]:
        with self._database.read() as tx:
            earlier = instances.by_key(tx, caller.project_id, key)
        if any(known != digest for _, known in earlier):
            raise AlreadyExists(
                "this idempotency key came with another request before",
                code="idempotency-key-reused",
                hint="draw a new key for a new request",
                facts={"instance_id": earlier[0][0].id},
            )
        return [instance for instance, _ in earlier]

    def _reserve(self, drafts: Sequence[Instance]) -> None:
        """Keep the volumes for their instance, so that the next request hears that they are taken.

        After the commit: no crash leaves a volume reserved for an entry that never was.  What
        could not be reserved here the build reserves itself (step 25), or fails there.
        """
        draft = drafts[0]
        if not draft.volumes:
            return
        try:
            self._needs.volumes.reserve_volumes(draft.id, draft.volumes)
            if self._is_over(draft.id):  # ended meanwhile: its volumes were freed before
                self._needs.release.release_volumes(draft.id)
        except VmctlError as error:
            log.info("the build will reserve", instance_id=draft.id, why=error.message)

    def _is_over(self, instance_id: str) -> bool:
        with self._database.read() as tx:
            instance = instances.get(tx, instance_id)
        if instance is None or instance.vm_state in (VmState.ERROR, VmState.DELETED):
            return True
        return instance.task_state is TaskState.DELETING

    def _admit_steps(
        self, validation: Validation, sent_at: datetime | None
    ) -> tuple[TracedStep, ...]:
        asked, answered = validation.asked, validation.answered
        came = asked.started_at
        source = "from the cache" if validation.from_cache else "asked"
        return (
            between(3, min(sent_at or came, came), came, "over gRPC"),  # clocks may differ
            TracedStep(4, asked.started_at, asked.duration_ms, detail=source),
            TracedStep(
                5,
                answered.started_at,
                answered.duration_ms,
                detail="roles: " + ", ".join(sorted(validation.caller.roles)),
            ),
        )


def _draft(
    caller: Caller,
    plan: _Plan,
    number: int | None,
    reservation_id: str,
    request_id: str,
    now: datetime,
) -> Instance:
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
    )


def _nic(nic: ResolvedNic) -> Nic:
    return Nic(
        port_id=nic.port_id or str(uuid.uuid4()),
        network_id=nic.network_id,
        fixed_ip=nic.fixed_ip,
        existing=nic.port_id is not None,
    )


def _zone_and_host(caller: Caller, zone: str | None) -> tuple[str | None, str | None]:
    """Return zone and forced host out of nova's ``zone[:host]``."""
    if not zone:
        return None, None
    name, _, host = zone.partition(":")
    if host and not caller.is_admin:
        raise Forbidden("only an admin may choose the host", code="forced-host-forbidden")
    return name or None, host or None


def _journal(
    draft: Instance,
    validation: Validation,
    admitted: Sequence[TracedStep],
    made: Sequence[TracedStep],
    now: datetime,
) -> list[journal.JournalEntry]:
    by_action = (
        ("sign-in", _sign_in_steps(validation.caller, now)),
        ("admit", tuple(admitted)),
        ("create-entry", tuple(made)),
    )
    return [
        journal.JournalEntry(
            instance_id=draft.id,
            saga="boot",
            attempt=draft.attempt,
            action=action,
            position=boot.POSITION[action],
            state="done",
            host=None,
            started_at=steps[0].started_at,
            ended_at=now,
            fault=None,
            steps=steps,
        )
        for action, steps in by_action
    ]


def _sign_in_steps(caller: Caller, now: datetime) -> tuple[TracedStep, ...]:
    """Steps 1 and 2 were done when the token was made, and kept with it."""
    timings = caller.signed_in
    if timings is None:
        unknown = StepTiming(caller.issued_at or now, 0.0)
        timings = unknown, unknown
    details = ("the token's own sign-in", f"a token for {caller.user_name}")
    return tuple(
        TracedStep(number, timing.started_at, timing.duration_ms, Outcome.DONE, detail)
        for number, timing, detail in zip((1, 2), timings, details, strict=True)
    )


def _create_action(draft: Instance) -> InstanceAction:
    return InstanceAction(
        instance_id=draft.id,
        request_id=draft.request_id,
        action="create",
        user_id=draft.user_id,
        project_id=draft.project_id,
        started_at=draft.created_at,
        updated_at=draft.created_at,
    )


def _digest(request: BootRequest) -> str:
    """Return what tells two requests with one key apart."""
    metadata = dict(sorted(request.metadata.items()))
    facts = repr(replace(request, idempotency_key=None, metadata=metadata))
    return hashlib.sha256(facts.encode()).hexdigest()
