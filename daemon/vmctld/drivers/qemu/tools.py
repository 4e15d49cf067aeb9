"""The programs that this driver needs, looked for once."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from vmctld.errors import Unavailable

PACKAGES = {
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "genisoimage": "genisoimage",
}


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the programs are, symbolic links followed: so /proc names them too."""

    qemu: Path
    qemu_img: Path
    genisoimage: Path


def find_tools() -> Tools:
    """Return the programs' places.  Raises Unavailable (``qemu-missing``), naming all missing."""
    places = {program: shutil.which(program) for program in PACKAGES}
    missing = [program for program, place in places.items() if place is None]
    if missing:
        packages = " ".join(PACKAGES[program] for program in missing)
        raise Unavailable(
            f"Machines cannot be run here: {', '.join(missing)} not found.",
            code="qemu-missing",
            hint=f"apt-get install --no-install-recommends {packages}",
            facts={"missing": list(missing)},
        )
    qemu, qemu_img, genisoimage = (Path(place).resolve() for place in places.values() if place)
    return Tools(qemu=qemu, qemu_img=qemu_img, genisoimage=genisoimage)
