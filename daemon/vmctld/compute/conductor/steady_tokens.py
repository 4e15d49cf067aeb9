"""One token for one build, however often its agent's question arrives.

A message may come twice.  The second answer's token would end the first one's, which the
build may be using already.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from vmctld.compute.conductor.ports import BuildTokens
from vmctld.domain.clock import Clock
from vmctld.observe.locks import KeyedLocks

KEPT = timedelta(seconds=30)  # a doubled message is not later than its call's deadline
KEPT_AT_MOST = 4096


@dataclass(frozen=True, slots=True)
class _Issued:
    token: str
    ends_at: datetime
    issued_at: datetime


class SteadyTokens:
    """Fills ``BuildTokens`` out of another one; keeps tokens in memory only, and not for long."""

    def __init__(self, tokens: BuildTokens, clock: Clock) -> None:
        self._tokens = tokens
        self._clock = clock
        self._locks = KeyedLocks()
        self._issued: OrderedDict[tuple[str, int], _Issued] = OrderedDict()

    def issue_build_token(
        self,
        *,
        instance_id: str,
        attempt: int,
        user_id: str,
        project_id: str,
        calls: Iterable[str],
        lifetime_s: int,
    ) -> tuple[str, datetime]:
        """Return the token that this attempt was just given, or a new one."""
        key, now = (instance_id, attempt), self._clock()
        with self._locks.hold(f"{instance_id}/{attempt}"):
            issued = self._issued.get(key)
            if issued is None or abs(now - issued.issued_at) > KEPT:
                token, ends_at = self._tokens.issue_build_token(
                    instance_id=instance_id,
                    attempt=attempt,
                    user_id=user_id,
                    project_id=project_id,
                    calls=calls,
                    lifetime_s=lifetime_s,
                )
                issued = _Issued(token, ends_at, now)
                self._keep(key, issued)
            return issued.token, issued.ends_at

    def _keep(self, key: tuple[str, int], issued: _Issued) -> None:
        self._issued[key] = issued
        self._issued.move_to_end(key)
        while self._issued:
            oldest = next(iter(self._issued.values()))
            is_fresh = abs(issued.issued_at - oldest.issued_at) <= KEPT
            if is_fresh and len(self._issued) <= KEPT_AT_MOST:
                return
            self._issued.popitem(last=False)
