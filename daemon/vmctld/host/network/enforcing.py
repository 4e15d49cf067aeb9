"""Has the kernel enforce what the ports of a network allow, and cuts what they do not.

A rule that the kernel does not take is left out and named in the log: it must not keep all
others from being enforced.  What is left out allows nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import structlog

from vmctld.domain.firewall import GuardRule, PortGuard
from vmctld.errors import HypervisorFailed
from vmctld.host.network import conntrack
from vmctld.host.network.namespace import Namespace
from vmctld.host.network.permits import Permits
from vmctld.host.network.rules import ruleset

log = structlog.get_logger(__name__)

NOT_TAKEN = (HypervisorFailed, ValueError)
Members = Mapping[str, Sequence[str]]


def enforce(namespace: Namespace, guards: Sequence[PortGuard], members: Members) -> None:
    """Replace the rules of all ports, in one transaction, then cut what they do not allow."""
    try:
        namespace.run(["nft", "-f", "-"], ruleset(guards, members))
    except NOT_TAKEN:
        guards = [*_without_bad_ones(namespace, guards)]
        namespace.run(["nft", "-f", "-"], ruleset(guards, members))
    cut(namespace, guards, members)


def cut(namespace: Namespace, guards: Sequence[PortGuard], members: Members) -> None:
    """Have connections forgotten that the rules do not allow; others do not notice."""

    def look_and_cut() -> int:
        known = conntrack.flows()
        if not known:
            return 0
        permits = Permits(guards, members)
        return conntrack.cut(flow for flow in known if not permits.allow(flow))

    if count := namespace.call(look_and_cut):
        log.info("connections cut off", namespace=namespace.name, count=count)


def _without_bad_ones(namespace: Namespace, guards: Sequence[PortGuard]) -> Iterator[PortGuard]:
    """Return the ports without the rules that the kernel does not take.

    A port with something wrong about itself is left out: it sends and gets nothing.
    """
    verdicts: dict[GuardRule, bool] = {}
    for guard in guards:
        bare = replace(guard, rules=())
        if not _is_taken(namespace, bare):
            log.error("a port cannot be enforced; it is cut off", port_id=guard.port_id)
            continue
        for rule in guard.rules:
            if rule not in verdicts:
                verdicts[rule] = _is_taken(namespace, replace(guard, rules=(rule,)))
                if not verdicts[rule]:
                    log.error("a rule cannot be enforced", rule=rule, port_id=guard.port_id)
        yield replace(guard, rules=tuple(rule for rule in guard.rules if verdicts[rule]))


def _is_taken(namespace: Namespace, guard: PortGuard) -> bool:
    """Ask the kernel, changing nothing."""
    try:
        namespace.run(["nft", "-c", "-f", "-"], ruleset([guard], {}))
    except NOT_TAKEN:
        return False
    return True
