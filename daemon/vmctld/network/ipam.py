"""Which address a port gets: the next one after the last given, found without a search.

An address is taken by inserting it; the cursor here only proposes.  It lives in this process
and may be wrong (another process gives addresses too): a proposal that is taken costs one more
insert, and when several are, one query finds the gaps.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address

from vmctld.domain.network import Subnet
from vmctld.errors import Exhausted, Fact
from vmctld.storage.database import Tx
from vmctld.storage.repositories import ports

TRIES_BEFORE_LOOKING = 4
GAPS_AHEAD = 256  # found by one query, proposed one after the other


class AddressCursor:
    """Goes through a subnet's pools, round and round.  Not thread-safe."""

    def __init__(self, subnet: Subnet) -> None:
        self._ranges = [
            (int(IPv4Address(pool.first)), int(IPv4Address(pool.last))) for pool in subnet.pools
        ]
        self._range, self._next = 0, self._ranges[0][0]
        self._gaps: deque[int] = deque()
        self.size = sum(last - first + 1 for first, last in self._ranges)

    def propose(self) -> str:
        """Return an address that may be free."""
        number = self._gaps.popleft() if self._gaps else self._step()
        return str(IPv4Address(number))

    def look_for_gaps(self, taken: Iterable[str]) -> int:
        """Propose from now on what is not in ``taken``; return how many were found."""
        numbers = {int(IPv4Address(address)) for address in taken}
        self._gaps.clear()
        for _ in range(self.size):
            number = self._step()
            if number not in numbers:
                self._gaps.append(number)
                if len(self._gaps) == GAPS_AHEAD:
                    break
        return len(self._gaps)

    def count(self, taken: Iterable[str]) -> int:
        """Return how many of ``taken`` are of the pools."""
        numbers = [int(IPv4Address(address)) for address in taken]
        return sum(first <= n <= last for n in numbers for first, last in self._ranges)

    def _step(self) -> int:
        number = self._next
        if number < self._ranges[self._range][1]:
            self._next = number + 1
        else:
            self._range = (self._range + 1) % len(self._ranges)
            self._next = self._ranges[self._range][0]
        return number


class AddressPicker:
    """Gives ports their addresses.  Thread-safe; one for the whole process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cursors: dict[str, AddressCursor] = {}
        self._free_at_least: dict[str, int] = {}  # as last counted, less what was given since

    def take_any(self, tx: Tx, subnets: Iterable[Subnet], port_id: str) -> tuple[Subnet, str]:
        """Give a port some address and return it with its subnet; the first with room wins.

        Raises Exhausted (``no-free-address``).
        """
        full: list[Subnet] = []
        for subnet in subnets:
            address = self._take_in(tx, subnet, port_id)
            if address is not None:
                return subnet, address
            full.append(subnet)
        raise self._no_free_address(tx, full)

    def surely_has_room(self, subnets: Sequence[Subnet], wanted: int) -> bool:
        """True when so many were free at the last count that ``wanted`` still are.

        Only memory is looked at; False means that somebody has to count.
        """
        return sum(self._free_at_least.get(subnet.id, 0) for subnet in subnets) >= wanted

    def check_room(self, tx: Tx, subnets: Sequence[Subnet], wanted: int) -> None:
        """Raise Exhausted (``no-free-address``) when the subnets lack ``wanted`` addresses."""
        if sum(self._count_free(tx, subnet) for subnet in subnets) < wanted:
            raise self._no_free_address(tx, subnets)

    def forget(self, subnet_ids: Iterable[str]) -> None:
        """Forget subnets that are gone."""
        with self._lock:
            for subnet_id in subnet_ids:
                self._cursors.pop(subnet_id, None)
                self._free_at_least.pop(subnet_id, None)

    def _take_in(self, tx: Tx, subnet: Subnet, port_id: str) -> str | None:
        for _ in range(TRIES_BEFORE_LOOKING):
            if taken := self._try_next(tx, subnet, port_id):
                return taken
        # On PostgreSQL others insert at the same time, so even a gap can be gone: look again
        while self._look_for_gaps(tx, subnet):
            if taken := self._try_next(tx, subnet, port_id):
                return taken
        return None

    def _try_next(self, tx: Tx, subnet: Subnet, port_id: str) -> str | None:
        with self._lock:
            address = self._cursor(subnet).propose()
        if not ports.take_address(tx, subnet.network_id, subnet.id, port_id, address):
            return None
        with self._lock:
            self._free_at_least[subnet.id] = self._free_at_least.get(subnet.id, 0) - 1
        return address

    def _look_for_gaps(self, tx: Tx, subnet: Subnet) -> int:
        taken = ports.addresses_in(tx, subnet.id)
        with self._lock:
            return self._cursor(subnet).look_for_gaps(taken)

    def _count_free(self, tx: Tx, subnet: Subnet) -> int:
        with self._lock:
            cursor = self._cursor(subnet)
        free = cursor.size - ports.count_addresses(tx, subnet.id)
        if free <= 0:  # addresses outside of the pools were counted too
            free = cursor.size - cursor.count(ports.addresses_in(tx, subnet.id))
        with self._lock:
            self._free_at_least[subnet.id] = free
        return free

    def _cursor(self, subnet: Subnet) -> AddressCursor:
        cursor = self._cursors.get(subnet.id)
        if cursor is None:
            cursor = self._cursors[subnet.id] = AddressCursor(subnet)
        return cursor

    def _no_free_address(self, tx: Tx, subnets: Sequence[Subnet]) -> Exhausted:
        counts: list[Fact] = []
        size = used = 0
        for subnet in subnets:
            with self._lock:
                cursor = self._cursor(subnet)
            in_use = cursor.count(ports.addresses_in(tx, subnet.id))
            size, used = size + cursor.size, used + in_use
            counts.append({"cidr": subnet.cidr, "pool_size": cursor.size, "used": in_use})
        return Exhausted(
            f"no free address: {used} of {size} are in use",
            code="no-free-address",
            hint="delete ports or servers that are not needed, or add a subnet to the network",
            facts={
                "network_id": subnets[0].network_id,
                "pool_size": size,
                "used": used,
                "subnets": counts[:10],
            },
        )
