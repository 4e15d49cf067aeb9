"""Run a program of the host's network tools, in a namespace or outside."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

import structlog

from vmctld.errors import HypervisorFailed, TimedOut, Unavailable
from vmctld.observe.cores import CORES

log = structlog.get_logger(__name__)

LIMIT_S = 20.0  # they take milliseconds
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
PACKAGES = {"ip": "iproute2", "nft": "nftables", "dnsmasq": "dnsmasq-base"}


def run(command: Sequence[str], text: str = "") -> str:
    """Return what ``command`` prints, given ``text`` on its standard input.

    Raises Unavailable (``network-tool-missing``), TimedOut, or HypervisorFailed
    (``host-network-failed``); its own words are in the log.
    """
    try:
        with CORES.roaming():
            done = subprocess.run(  # noqa: S603 - words of ours, made from ids and numbers
                command,
                input=text,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=LIMIT_S,
                check=False,
                env=ENVIRONMENT,
            )
    except FileNotFoundError:
        raise _missing(command[0]) from None
    except subprocess.TimeoutExpired:
        raise TimedOut(f"{command[0]} did not end within {LIMIT_S:.0f} s") from None
    if done.returncode != 0:
        log.error("a network tool failed", command=command, said=done.stderr.strip()[-2000:])
        raise HypervisorFailed(
            f"the host's network could not be set up: {command[0]} ended with {done.returncode}",
            code="host-network-failed",
            hint="the daemon's log has its words; vmctl doctor looks at the host",
        )
    return done.stdout


def _missing(program: str) -> Unavailable:
    return Unavailable(
        f"the bridge network needs the program {program}, which is not installed",
        code="network-tool-missing",
        hint=f"apt install {PACKAGES.get(program, program)}",
    )
