"""The bridged networks of this process's host, where it has or wants them."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from vmctld.config import Settings
from vmctld.errors import Unavailable
from vmctld.host.network.commands import ENVIRONMENT, PACKAGES

if TYPE_CHECKING:
    from vmctld.host.network.bridges import Bridges


def make_bridges(settings: Settings) -> Bridges | None:
    """Return them with all networks made again, or None on a host of user-mode networks.

    A host whose default has changed keeps its bridges: each port stays what it was made as.
    Raises Unavailable (``bridge-needs-root``, ``network-tool-missing``).
    """
    directory = settings.state_dir / "network"
    if settings.driver != "qemu":
        return None
    if settings.network_driver != "bridge" and not directory.exists():
        return None
    _check_host()
    from vmctld.host.network.bridges import Bridges  # its HTTP server is nobody else's load

    bridges = Bridges(directory)
    bridges.recover()
    return bridges


def _check_host() -> None:
    if os.geteuid() != 0:
        raise Unavailable(
            "the bridge network needs root, and this is another user",
            code="bridge-needs-root",
            hint="start the daemon as root, or with --network-driver user",
        )
    for program, package in PACKAGES.items():
        if shutil.which(program, path=ENVIRONMENT["PATH"]) is None:
            raise Unavailable(
                f"the bridge network needs the program {program}, which is not installed",
                code="network-tool-missing",
                hint=f"apt install {package}, or start the daemon with --network-driver user",
            )
