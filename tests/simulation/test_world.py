"""A world that hypothesis directs: it looks for the shortest story that ends badly."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.simulation import audit
from tests.simulation.chance import Chance, Odds
from tests.simulation.ground import Ground
from tests.simulation.storm import settle
from tests.simulation.world import HOSTS, World

ODDS = Odds(crash=0.003, pause=0.05, error=0.01, lose=0.03, double=0.05, zombie=0.5)
NUMBERS = st.integers(0, 1_000)


class Stories(RuleBasedStateMachine):
    """What clients, time and misfortune do; after each step the invariants hold."""

    world: World
    ground: Ground

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.ground = Ground()
        self.ground.__enter__()
        self.world = World(Chance(seed, ODDS), self.ground)
        self.world.__enter__()
        self.boots = 0

    @rule(with_volume=st.booleans())
    def boot(self, with_volume: bool) -> None:
        self.boots += 1
        self.world.boot(f"key-{self.boots}", with_volume=with_volume)

    @precondition(lambda self: self.boots)
    @rule(number=NUMBERS)
    def boot_again(self, number: int) -> None:
        self.world.boot(f"key-{number % self.boots + 1}")

    @precondition(lambda self: self.world.living())
    @rule(number=NUMBERS)
    def delete(self, number: int) -> None:
        living = self.world.living()
        self.world.delete(living[number % len(living)].id)

    @precondition(lambda self: self.world.living())
    @rule(number=NUMBERS)
    def refuse(self, number: int) -> None:
        living = self.world.living()
        self.world.refuse(living[number % len(living)].id)

    @precondition(lambda self: self.world.post.letters)
    @rule(number=NUMBERS)
    def deliver(self, number: int) -> None:
        letters = self.world.post.letters
        self.world.deliver(letters[number % len(letters)])

    @precondition(lambda self: self.world.stage.actors)
    @rule(number=NUMBERS)
    def resume(self, number: int) -> None:
        actors = self.world.stage.actors
        self.world.resume(actors[number % len(actors)])

    @rule(seconds=st.sampled_from([1.0, 6.0, 25.0, 120.0]))
    def pass_time(self, seconds: float) -> None:
        self.world.pass_time(seconds)

    @rule()
    def crash(self) -> None:
        self.world.crash()

    @rule(host=st.sampled_from(HOSTS))
    def silence(self, host: str) -> None:
        self.world.silent.add(host)

    @rule(hours=st.sampled_from([-1.0, 1.0, 87_600.0]))
    def jump(self, hours: float) -> None:
        self.world.jump(hours)

    @invariant()
    def nothing_is_wrong(self) -> None:
        assert list(audit.after_each_step(self.world)) == []

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            settle(self.world)
            assert list(audit.when_quiet(self.world)) == []
            for instance in self.world.living():
                self.world.delete(instance.id)
            settle(self.world)
            assert list(audit.when_deleted(self.world)) == []
        finally:
            self.world.__exit__()
            self.ground.__exit__(None, None, None)


TestStories = Stories.TestCase
TestStories.settings = settings(
    max_examples=15,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
