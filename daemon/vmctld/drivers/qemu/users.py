"""As whom a QEMU runs.  A guest that breaks out of QEMU is that user, and nobody else.

Where the daemon is root, each machine has a uid of its own that owns nothing on the host: all
of its files come as open descriptors.  Elsewhere it runs as the daemon's own user, and QEMU's
sandbox has to do.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from vmctld.drivers.qemu.kvm import DEVICE as KVM_DEVICE
from vmctld.errors import Exhausted, Unavailable

# Beyond all that distributions and systemd give to people, services and containers
# (systemd's UIDS-GIDS: 1879048192 to 2147483647 is unused).
DEFAULT_UIDS = range(1_900_000_000, 1_900_065_536)


@dataclass(frozen=True, slots=True)
class RunAs:
    """A user that owns nothing.  ``kvm_gid`` is the one group it may need."""

    setpriv: str
    uid: int
    kvm_gid: int | None

    def prefix(self) -> list[str]:
        """Return the words that go before a command: they become this user, for good.

        setpriv replaces itself by the command, so the pid stays.  QEMU's own ``-runas`` would
        have to come before its sandbox forbids it.
        """
        groups = "--clear-groups" if self.kvm_gid is None else f"--groups={self.kvm_gid}"
        return [
            self.setpriv,
            f"--reuid={self.uid}",
            f"--regid={self.uid}",
            groups,
            "--no-new-privs",
            "--",
        ]


class GuestUsers:
    """Gives each machine its user."""

    def __init__(self, uids: range, *, needs_kvm: bool) -> None:
        self._uids = uids if can_become(uids) else None
        self._kvm_gid = KVM_DEVICE.stat().st_gid if needs_kvm else None
        self._setpriv = shutil.which("setpriv") or ""
        if self._uids is not None and not self._setpriv:
            raise Unavailable(
                "setpriv is not installed, and as root each machine runs as its own user.",
                code="setpriv-missing",
                hint="apt-get install util-linux",
            )

    @property
    def owners(self) -> Collection[int]:
        """All uids that a machine of this host may run as."""
        return self._uids if self._uids is not None else (os.geteuid(),)

    def pick(self, taken: Collection[int]) -> int | None:
        """Return a uid that no machine has, None where all run as the daemon's user."""
        if self._uids is None:
            return None
        for uid in self._uids:
            if uid not in taken:
                return uid
        raise Exhausted(
            f"All {len(self._uids)} users for machines are taken.", code="guest-uids-exhausted"
        )

    def run_as(self, uid: int | None) -> RunAs | None:
        """Return how to become ``uid``, None for staying as one is."""
        return RunAs(self._setpriv, uid, self._kvm_gid) if uid is not None else None


def can_become(uids: range, uid_map: Path = Path("/proc/self/uid_map")) -> bool:
    """Return whether this process is root over all of ``uids``.

    In a user namespace root may be alone: uids that are not mapped cannot be become.
    """
    if os.geteuid() != 0:
        return False
    for line in uid_map.read_text().splitlines():
        first, _, count = (int(number) for number in line.split())
        if first <= uids.start and uids.stop <= first + count:
            return True
    return False
