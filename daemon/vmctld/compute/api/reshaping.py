"""Accepts that an instance becomes something else: another size, a fresh disk, a rescue."""

from __future__ import annotations

from dataclasses import replace

from vmctld.compute.api.actions import Actions, Ask
from vmctld.compute.api.instances import Instances
from vmctld.compute.api.ports import Flavors, Images, Quota
from vmctld.compute.api.rewording import NO_WORDS, Words, checked_words, reword
from vmctld.compute.api.validation import check_image_fits
from vmctld.compute.placing import claims_of
from vmctld.domain.clock import Clock
from vmctld.domain.flavor import Flavor
from vmctld.domain.identity import Caller
from vmctld.domain.image import Image, ImageStatus
from vmctld.domain.instance import Instance, Resources
from vmctld.errors import InvalidRequest, NotSupported, NoValidHost, WrongState
from vmctld.storage.database import Tx
from vmctld.storage.repositories import claims


class Reshaping:
    """Accepts resizes and rebuilds.  The room for both sizes is claimed with the acceptance."""

    def __init__(
        self,
        actions: Actions,
        instances: Instances,
        flavors: Flavors,
        images: Images,
        quota: Quota,
        clock: Clock,
    ) -> None:
        self._actions = actions
        self._instances = instances
        self._flavors = flavors
        self._images = images
        self._quota = quota
        self._clock = clock

    def resize(self, caller: Caller, reference: str, flavor: str) -> Instance:
        """Return the instance on its way to the size of ``flavor``, on trial until confirmed.

        Raises InvalidRequest (same size, smaller disk), QuotaExceeded, NoValidHost.
        """
        wanted = self._flavors.get_flavor(caller, flavor)

        def claim(tx: Tx, instance: Instance) -> None:
            _check_size(instance, wanted)
            self._claim(tx, instance, wanted)

        return self._actions.begin(caller, reference, Ask("resize", flavor=wanted), also=claim)

    def rebuild(
        self, caller: Caller, reference: str, image: str, words: Words = NO_WORDS
    ) -> Instance:
        """Return the instance on its way to a fresh disk over ``image``, with ``words`` on it.

        Raises InvalidRequest (it does not fit), WrongState (its bytes are not all there),
        NotSupported (it boots from a volume).
        """
        found = self._active_image(image)
        checked = checked_words(words)

        def check(tx: Tx, instance: Instance) -> None:
            if instance.boots_from_volume:
                raise NotSupported(
                    f"instance {instance.id} boots from a volume: there is no disk to renew",
                    code="rebuild-of-volume",
                    hint="make a new volume from the image and boot from that",
                )
            check_image_fits(found, instance.flavor)
            self._quota.check_metadata_items(tx, instance.project_id, len(checked.metadata))
            reword(tx, instance, checked, self._clock())

        ask = Ask("rebuild", image_id=found.id, image_name=found.name)
        return self._actions.begin(caller, reference, ask, also=check)

    def rescue(self, caller: Caller, reference: str, image: str = "") -> Instance:
        """Return the instance on its way to boot from ``image``, or from its own one anew.

        Raises InvalidRequest (it has no image of its own, and none is named), WrongState.
        """
        image_id = image or self._instances.get(caller, reference).image_id
        if not image_id:
            raise InvalidRequest(
                "the server has no image of its own to be rescued with",
                code="no-rescue-image",
                hint="name one: vmctl rescue --image IMAGE SERVER",
            )
        found = self._active_image(image_id)
        ask = Ask("rescue", image_id=found.id, image_name=found.name)
        return self._actions.begin(caller, reference, ask)

    def _active_image(self, reference: str) -> Image:
        found = self._images.get_image(reference)
        if found.status is not ImageStatus.ACTIVE:
            raise WrongState(f"Image {found.id} is not active.", code="image-not-active")
        return found

    def _claim(self, tx: Tx, instance: Instance, wanted: Flavor) -> None:
        """Claim what either size needs: the way back must stay open."""
        now, then = claims_of(instance), claims_of(replace(instance, flavor=wanted))
        most = Resources(
            max(now.vcpus, then.vcpus),
            max(now.ram_mib, then.ram_mib),
            max(now.disk_gib, then.disk_gib),
        )
        self._quota.claim(
            tx,
            instance.project_id,
            instances=0,
            cores=most.vcpus - now.vcpus,
            ram_mib=most.ram_mib - now.ram_mib,
        )
        if not claims.grow(tx, instance, most, self._clock()):
            raise NoValidHost(
                "the server's host has no room for the new size",
                code="no-room-to-resize",
                hint="take a smaller flavor, or have an admin make room on the host",
                facts={"vcpus": most.vcpus, "ram_mib": most.ram_mib, "disk_gib": most.disk_gib},
            )


def _check_size(instance: Instance, wanted: Flavor) -> None:
    if wanted.id == instance.flavor.id:
        raise InvalidRequest(
            "When resizing, instances must change flavor!",  # nova's words
            code="same-flavor",
            hint="vmctl flavor-list shows the others",
        )
    if not instance.boots_from_volume and wanted.disk_gib < instance.flavor.disk_gib:
        raise InvalidRequest(
            f"the server's disk has {instance.flavor.disk_gib} GiB,"
            f" the flavor's {wanted.disk_gib}: a disk does not shrink",
            code="disk-would-shrink",
            hint="take a flavor whose disk is as large",
            facts={"disk_gib": instance.flavor.disk_gib, "flavor_disk_gib": wanted.disk_gib},
        )
