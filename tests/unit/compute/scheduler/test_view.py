from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tests.support.clock import FakeClock
from tests.support.instances import a_host
from vmctld.compute.messages import HostFree
from vmctld.compute.scheduler.view import RELOAD_S, HostView
from vmctld.compute.scheduler.weighers import weight_of
from vmctld.domain.host import HostState


class Table:
    """The hosts of a database, and how often they were read."""

    def __init__(self, *hosts: HostState) -> None:
        self.hosts = list(hosts)
        self.reads = 0

    def __call__(self) -> Sequence[HostState]:
        self.reads += 1
        return list(self.hosts)


def _names(view: HostView) -> list[str]:
    return [host.name for host in view.best_first()]


def _news(name: str, free_ram_mib: int, generation: int) -> HostFree:
    return HostFree(name, 32, free_ram_mib, 100, 1, generation)


def test_the_best_host_comes_first() -> None:
    view = HostView(Table(a_host("full", free_ram_mib=0), a_host("free")))
    view.reload()

    assert _names(view) == ["free", "full"]


def test_hosts_are_read_again_only_after_a_while() -> None:
    table, clock = Table(a_host()), FakeClock()
    view = HostView(table, clock.monotonic)
    view.refresh()
    clock.advance(RELOAD_S)
    view.refresh()
    assert table.reads == 1

    clock.advance(1)
    view.refresh()

    assert table.reads == 2


def test_a_view_that_was_told_to_forget_reads_at_the_next_look() -> None:
    table, clock = Table(a_host()), FakeClock()
    view = HostView(table, clock.monotonic)
    view.refresh()

    view.forget()
    view.refresh()

    assert table.reads == 2


def test_what_a_claim_returned_moves_the_host_in_the_order() -> None:
    view = HostView(Table(a_host("a"), a_host("b")))
    view.reload()

    view.claimed(a_host("a", free_ram_mib=100, generation=2))

    assert _names(view) == ["b", "a"]


def test_old_news_changes_nothing() -> None:
    view = HostView(Table(a_host("a", generation=5, free_ram_mib=1000)))
    view.reload()

    view.apply(_news("a", 5000, generation=5))
    view.claimed(a_host("a", generation=4))

    assert [host.free_ram_mib for host in view.best_first()] == [1000]


def test_news_of_another_part_is_taken_in() -> None:
    view = HostView(Table(a_host("a", generation=5)))
    view.reload()

    view.apply(_news("a", 7, generation=6))

    assert [host.free_ram_mib for host in view.best_first()] == [7]


def test_news_of_an_unknown_host_waits_for_the_next_reading() -> None:
    view = HostView(Table())
    view.reload()

    view.apply(_news("new", 7, generation=6))

    assert len(view) == 0


def test_a_claim_leaves_what_it_does_not_know_and_is_one_more_thing_to_do() -> None:
    metadata = {"ssd": frozenset({"true"})}
    view = HostView(Table(a_host("a", aggregate_metadata=metadata, io_ops=2)))
    view.reload()

    view.claimed(a_host("a", generation=2))

    (host,) = view.best_first()
    assert (host.aggregate_metadata, host.io_ops) == (metadata, 3)


def test_a_claim_on_a_host_that_is_new_here_waits_for_the_next_reading() -> None:
    view = HostView(Table())
    view.reload()

    view.claimed(a_host("new"))

    assert _names(view) == []


def test_the_hosts_of_one_zone_are_shown_best_first() -> None:
    view = HostView(
        Table(
            a_host("small", availability_zone="mars", free_ram_mib=10),
            a_host("large", availability_zone="mars"),
            a_host("elsewhere"),
        )
    )
    view.reload()

    assert [host.name for host in view.best_first(zone="mars")] == ["large", "small"]
    assert list(view.best_first(zone="venus")) == []


def test_a_claim_moves_a_host_within_its_zone_too() -> None:
    view = HostView(Table(*(a_host(name, availability_zone="mars") for name in "ab")))
    view.reload()

    view.claimed(a_host("a", availability_zone="mars", free_ram_mib=10, generation=2))

    assert [host.name for host in view.best_first(zone="mars")] == ["b", "a"]


def test_only_the_host_that_was_asked_for_is_shown() -> None:
    view = HostView(Table(a_host("a"), a_host("b")))
    view.reload()

    assert [host.name for host in view.best_first("b")] == ["b"]
    assert list(view.best_first("c")) == []


def test_more_hosts_than_one_look_takes_are_all_shown_once() -> None:
    view = HostView(Table(*(a_host(f"host-{number:03}") for number in range(200))))
    view.reload()

    assert _names(view) == [f"host-{number:03}" for number in range(200)]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 8192), st.integers(1, 9))))
def test_whatever_news_comes_the_order_is_by_weight(news: list[tuple[int, int, int]]) -> None:
    view = HostView(Table(*(a_host(f"host-{number}") for number in range(10))))
    view.reload()

    for number, free_ram_mib, generation in news:
        view.apply(_news(f"host-{number}", free_ram_mib, generation))

    weights = [weight_of(host, view.fleet) for host in view.best_first()]
    assert len(weights) == 10
    assert weights == sorted(weights, reverse=True)
