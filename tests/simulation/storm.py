"""One storm: boots and deletions while everything goes wrong, then calm, then an audit."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.simulation import audit
from tests.simulation.chance import Chance, any_odds
from tests.simulation.ground import Ground
from tests.simulation.world import HOSTS, World

ROUNDS_TO_SETTLE = 200
ROUNDS_OF_CALM = 6
MANY = 20  # violations: more say nothing more


@dataclass
class Outcome:
    """What came of a storm."""

    seed: int
    boots: int = 0
    crashes: int = 0
    states: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    took_s: float = 0.0


def storm(seed: int, ground: Ground, boots: int = 25) -> Outcome:
    """Return what came of the storm that ``seed`` makes."""
    began = time.perf_counter()
    outcome = Outcome(seed)
    random.seed(seed)
    with World(Chance(seed, any_odds(seed)), ground) as world:
        outcome.violations = list(_phases(world, boots, outcome.states))[:MANY]
        outcome.boots, outcome.crashes = len(world.all()), world.crashes
    outcome.took_s = time.perf_counter() - began
    return outcome


def _phases(world: World, boots: int, states: list[str]) -> Iterator[str]:
    for violation in _rage(world, boots):
        yield f"in the storm: {violation}"
        return
    settle(world)
    states += [f"{one.status} {one.fault.code if one.fault else ''}" for one in world.all()]
    yield from (f"after the storm: {violation}" for violation in audit.when_quiet(world))
    for instance in world.living():
        world.delete(instance.id)
    settle(world)
    yield from (f"after deletion: {violation}" for violation in audit.when_deleted(world))


def _rage(world: World, boots: int) -> Iterator[str]:
    keys = [f"key-{number}" for number in range(boots)]
    steps = 0
    while keys or (steps < boots * 30 and (world.stage.actors or world.post.letters)):
        steps += 1
        things, weights = zip(*_things(world, keys), strict=True)
        world.chance.weighted(things, weights)()
        yield from audit.after_each_step(world)


def _things(world: World, keys: list[str]) -> Iterator[tuple[Callable[[], object], float]]:
    """Yield what may happen next, and how often it does."""
    chance = world.chance

    def an_instance() -> str | None:
        living = world.living()
        return chance.one_of(living).id if living else None

    def with_one(work: Callable[[str], object]) -> Callable[[], object]:
        def run() -> object:
            instance_id = an_instance()
            return work(instance_id) if instance_id else None

        return run

    yield lambda: world.pass_time(chance.seconds(40)), 1
    if keys:
        yield lambda: world.boot(keys.pop(), with_volume=chance.happens(0.3)), 1
    if world.accepted:
        known = sorted(world.accepted.values())
        yield lambda: world.boot(chance.one_of(known)), 0.1
        yield lambda: world.boot_otherwise(chance.one_of(known)), 0.03
        yield with_one(world.delete), 0.4
        yield with_one(world.refuse), 0.05
        yield with_one(world.end_guest), 0.05
    if world.post.letters:
        yield lambda: world.deliver(chance.one_of(world.post.letters)), 6
    if world.stage.actors:
        yield lambda: world.resume(chance.one_of(world.stage.actors)), 6
    yield world.crash, 0.03
    yield lambda: world.jump(chance.one_of((-1.0, 1.0, 24.0 * 365))), 0.01
    yield lambda: world.silent.add(chance.one_of(HOSTS)), 0.02
    yield world.silent.clear, 0.1


def settle(world: World) -> None:
    """Let faults stop and time pass until nothing happens any more."""
    world.chance.calm()
    world.silent.clear()
    for _ in range(ROUNDS_TO_SETTLE):
        _go_on(world, 5.0)
        if not (world.stage.actors or world.post.letters or world.unsettled()):
            break
    for _ in range(ROUNDS_OF_CALM):  # the hosts are looked at, the outbox is emptied
        _go_on(world, 30.0)


def _go_on(world: World, seconds: float) -> None:
    for actor in list(world.stage.actors):
        if actor in world.stage.actors:
            world.resume(actor)
    for letter in list(world.post.letters):
        world.deliver(letter)
    world.pass_time(seconds)
