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

from vmctld.compute.api.admission_record import admission_entries, admit_steps, create_action
from vmctld.compute.api.drafts import Plan, draft_of
from vmctld.compute.api.joining import join_group
from vmctld.compute.api.ports import (
    Flavors,
    Images,
    Keypairs,
    Networks,
    Quota,
    ReservedVolumes,
    Volumes,
)
from vmctld.compute.api.validation import check_image_fits, checked
from vmctld.compute.api.wishes import wishes_of, zone_and_host
from vmctld.compute.messages import API_ADDRESS, SCHEDULER_ADDRESS
from vmctld.compute.outbox import Outbox, OutboxTx
from vmctld.compute.placing import claims_of, place_request
from vmctld.compute.steps import between
from vmctld.domain.boot_request import BootRequest
from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller, Validation
from vmctld.domain.instance import Instance, TaskState, VmState, VolumePlan
from vmctld.domain.network import ResolvedNic
from vmctld.domain.trace import TracedStep
from vmctld.errors import AlreadyExists, QuotaExceeded, VmctlError
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
    reserved: ReservedVolumes
    quota: Quota


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
        plan = self._resolve(caller, request, digest)
        admitted = admit_steps(validation, sent_at)
        drafts = self._drafts(caller, plan)
        try:
            return self._commit(validation, plan, drafts, digest, admitted)
        except AlreadyExists:
            return self._made_before(caller, request.idempotency_key or "", digest)

    def draft(self, caller: Caller, request: BootRequest) -> tuple[Plan, list[Instance]]:
        """Return what a boot would make, with nothing made; raises what ``boot`` raises."""
        request = checked(request)
        plan = self._resolve(caller, request, _digest(request))
        return plan, self._drafts(caller, plan)

    def _resolve(self, caller: Caller, request: BootRequest, digest: str) -> Plan:
        needs = self._needs
        flavor = needs.flavors.get_flavor(caller, request.flavor)
        image = needs.images.get_image(request.image) if request.image else None
        if image is not None:
            check_image_fits(image, flavor)
        keypair = needs.keypairs.get_keypair(caller, request.key_name) if request.key_name else None
        nics = () if request.no_nics else _nics(needs.networks, request)
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
        zone, forced_host = zone_and_host(caller, request.availability_zone)
        wishes = wishes_of(self._database, caller, request, image, digest)
        return Plan(request, flavor, image, keypair, nics, volumes, zone, forced_host, wishes)

    def _drafts(self, caller: Caller, plan: Plan) -> list[Instance]:
        now = self._clock()
        reservation_id = f"r-{secrets.token_hex(4)}"
        request_id = context.current().request_id
        count = plan.request.max_count
        return [
            draft_of(caller, plan, index if count > 1 else None, reservation_id, request_id, now)
            for index in range(1, count + 1)
        ]

    def _commit(
        self,
        validation: Validation,
        plan: Plan,
        drafts: list[Instance],
        digest: str,
        admitted: Sequence[TracedStep],
    ) -> list[Instance]:
        key = plan.request.idempotency_key
        began = self._clock()

        def admit(posting: OutboxTx) -> list[Instance]:
            begun = self._clock()
            made = self._claim_quota(posting, plan, drafts)
            idempotency = Idempotency(key, digest) if key else None
            instances.insert(posting.tx, made, claims_of(made[0]), idempotency)
            if plan.wishes.group_id:
                join_group(posting.tx, self._needs.quota, plan.wishes.group_id, made)
            inserted = self._clock()
            steps = (between(6, began, begun), between(7, begun, inserted, f"{len(made)} made"))
            entries = [
                entry
                for draft in made
                for entry in admission_entries(draft, validation, admitted, steps, inserted)
            ]
            journal.write(posting.tx, entries)
            actions.add(posting.tx, [create_action(draft) for draft in made])
            for draft in made:
                posting.post(SCHEDULER_ADDRESS, place_request(draft), answer_to=API_ADDRESS)
            posting.before_sending(lambda: self._reserve(made))
            return made

        failpoints.hit("6", Phase.BEFORE)
        return self._outbox.run("7", admit)

    def _claim_quota(self, posting: OutboxTx, plan: Plan, drafts: list[Instance]) -> list[Instance]:
        """Claim for as many as there is room for, never for fewer than the least wanted."""
        flavor, least = plan.flavor, plan.request.min_count
        items, project_id = len(plan.request.metadata), drafts[0].project_id
        self._needs.quota.check_metadata_items(posting.tx, project_id, items)
        for count in range(len(drafts), least - 1, -1):
            try:
                self._needs.quota.claim(
                    posting.tx,
                    project_id,
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
            self._needs.reserved.reserve_volumes(draft.id, draft.volumes)
            if self._is_over(draft.id):  # ended meanwhile: its volumes were freed before
                self._needs.reserved.release_volumes(draft.id)
        except VmctlError as error:
            log.info("the build will reserve", instance_id=draft.id, why=error.message)

    def _is_over(self, instance_id: str) -> bool:
        with self._database.read() as tx:
            instance = instances.get(tx, instance_id)
        if instance is None or instance.vm_state in (VmState.ERROR, VmState.DELETED):
            return True
        return instance.task_state is TaskState.DELETING


def _nics(networks: Networks, request: BootRequest) -> tuple[ResolvedNic, ...]:
    if not request.security_groups:
        return networks.resolve_nics(request.nics)
    return networks.resolve_nics(request.nics, request.security_groups)


def _digest(request: BootRequest) -> str:
    """Return what tells two requests with one key apart."""
    metadata = dict(sorted(request.metadata.items()))
    facts = repr(replace(request, idempotency_key=None, metadata=metadata))
    return hashlib.sha256(facts.encode()).hexdigest()
