"""Leaks, one of each kind, planted from outside into the state directory of a daemon.

For those who test an auditor: plant one, look, and see whether it was found.  Nothing here
imports the product.  ``MENDED`` are those that ``vmctl audit --repair`` mends; ``SEEN`` those
that it shows, for a person to decide; ``OUTSIDE`` those that only somebody who kept records of
their own, or who looks at processes and interfaces, can see.

    site = Site(state_dir, instance_id)  # an ACTIVE instance with a network card
    planted = MENDED["stray-port"](site)
    assert any(planted.matches(f["invariant"], f["subject"]) for f in findings)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.support.planted import claims, files, networks, records, volumes
from tests.support.planted.site import Planted, Site

Plant = Callable[[Site], Planted]


def _named(*plants: Plant) -> Mapping[str, Plant]:
    return {plant.__name__.replace("_", "-"): plant for plant in plants}


MENDED = _named(
    claims.stray_allocation,
    claims.lost_allocation,
    claims.wrong_free_room,
    claims.wrong_quota,
    networks.stray_port,
    networks.stray_address,
    volumes.stray_attachment,
    volumes.unattached_volume,
    volumes.volume_that_looks_free,
    volumes.overdue_volume,
    volumes.detaching_volume,
    files.stray_fake_machine,
    files.stray_image_file,
    files.stray_volume_file,
    files.half_made_file,
    files.stray_hold,
    files.overdue_image,
    records.missing_fault,
    records.telling_fault,
    records.open_action,
    records.stuck_undo,
    records.kept_message,
    records.expired_token,
    records.idle_build_token,
)
SEEN = _named(
    claims.overfull_host,
    claims.overdue_build,
    networks.lost_port,
    networks.doubled_mac,
    networks.wrong_address,
    volumes.volume_without_file,
    files.lost_image_file,
    files.short_image_file,
)
LATER = _named(
    files.lost_fake_machine,  # when the next daemon has read the files
    files.unneeded_copy,  # when it has lain there for two minutes
    files.machine_directory,  # on a host that runs real machines
    files.flipped_image_bit,  # by a deep look
)
OUTSIDE = _named(
    claims.lost_request,
    claims.doubled_request,
    records.broken_reference,  # and by the doctor
    records.told_secret,
)

__all__ = ["LATER", "MENDED", "OUTSIDE", "SEEN", "Plant", "Planted", "Site"]
