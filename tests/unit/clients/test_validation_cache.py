"""What identity said a moment ago."""

from tests.support.callers import a_caller, an_admin
from tests.support.clock import FakeClock
from vmctld.clients import validation_cache
from vmctld.clients.validation_cache import MAX_AGE_S, ValidationCache


def a_cache():
    """Return an empty cache and the clock that it goes by."""
    clock = FakeClock()
    return ValidationCache(clock.monotonic), clock


def test_an_answer_is_remembered_for_a_moment():
    cache, clock = a_cache()
    cache.put("one", a_caller(), cache.generation)

    clock.advance(MAX_AGE_S - 0.1)

    assert cache.get("one") == a_caller()
    assert cache.get("other") is None


def test_an_answer_is_not_remembered_for_longer():
    cache, clock = a_cache()
    cache.put("one", a_caller(), cache.generation)

    clock.advance(MAX_AGE_S)

    assert cache.get("one") is None


def test_a_newer_answer_takes_the_place_of_an_older_one():
    cache, _ = a_cache()
    cache.put("one", a_caller(), cache.generation)

    cache.put("one", an_admin(), cache.generation)

    assert cache.get("one") == an_admin()


def test_everything_can_be_forgotten_at_once():
    cache, _ = a_cache()
    cache.put("one", a_caller(), cache.generation)

    cache.clear()

    assert cache.get("one") is None


def test_an_answer_that_was_on_its_way_when_all_was_forgotten_is_not_kept():
    cache, _ = a_cache()
    asked_in = cache.generation
    cache.clear()

    cache.put("one", a_caller(), asked_in)

    assert cache.get("one") is None


def test_the_oldest_answer_makes_room(monkeypatch):
    monkeypatch.setattr(validation_cache, "MAX_ENTRIES", 2)
    cache, _ = a_cache()
    for token_id in ("one", "two", "one", "three"):
        cache.put(token_id, a_caller(), cache.generation)

    assert cache.get("two") is None
    assert cache.get("one") is not None
    assert cache.get("three") is not None
