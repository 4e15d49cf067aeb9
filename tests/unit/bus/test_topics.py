"""Subscribers in one process."""

from __future__ import annotations

from vmctld.bus.topics import Topics


def test_only_a_topics_own_subscribers_are_told() -> None:
    topics, first, second, other = Topics(), list[object](), list[object](), list[object]()
    topics.subscribe("a", first.append)
    topics.subscribe("a", second.append)
    topics.subscribe("b", other.append)

    topics.publish("a", 1)
    topics.publish("c", 2)

    assert (first, second, other) == ([1], [1], [])


def test_one_that_fails_keeps_nothing_from_the_others() -> None:
    topics, heard = Topics(), list[object]()
    topics.subscribe("a", lambda _: [].pop())
    topics.subscribe("a", heard.append)

    topics.publish("a", 1)

    assert heard == [1]


def test_a_subscriber_may_subscribe_another() -> None:
    topics, heard = Topics(), list[object]()
    topics.subscribe("a", lambda _: topics.subscribe("a", heard.append))

    topics.publish("a", 1)
    topics.publish("a", 2)

    assert heard == [2]
