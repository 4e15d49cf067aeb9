"""The world: what outlives a daemon, the daemon of the moment, time, and all that happens."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import datetime, timedelta

from tests.simulation.bus import Letter, Post
from tests.simulation.chance import Chance
from tests.simulation.daemon import Daemon
from tests.simulation.ground import Entry, Ground, Sight
from tests.simulation.services import ROOMS, Cache, Given, Services, SimulatedDriver
from tests.simulation.stage import Actor, Killed, Stage
from tests.support.callers import a_caller
from tests.support.clock import NOON
from tests.support.cloud import a_validation
from vmctld.compute.quotas import ProjectQuotas
from vmctld.domain.boot_request import BootRequest
from vmctld.domain.instance import Instance, VmState
from vmctld.domain.volume import VolumeRequest
from vmctld.errors import AlreadyExists, Internal, NotFound, VmctlError
from vmctld.observe import context, failpoints
from vmctld.storage.repositories import instance_pages
from vmctld.storage.repositories.instance_pages import InstanceFilter, Part

HOSTS = ("a", "b", "c")
MANY = 10_000
PROJECT = "demo"
EVERY_S = {"outbox": 5.0, "sweep": 5.0, "report": 10.0, "reconcile": 60.0, "clear": 60.0}


class World:
    """``with World(chance, ground) as world:`` and then things happen, one method each."""

    post: Post

    def __init__(self, chance: Chance, ground: Ground) -> None:
        self.chance = chance
        self.stage = Stage()
        self.ground, self.database = ground, ground.database
        self.last_sight: Sight | None = None
        self._wall, self._elapsed_s = NOON, 0.0
        self.given = Given()
        self.room = chance.one_of(ROOMS)
        self.services = Services(self, self.given)
        self.drivers = {host: SimulatedDriver(self) for host in HOSTS}
        self.caches = {host: Cache(self) for host in HOSTS}
        self.quotas = ProjectQuotas(self.database, self.elapsed)
        self.silent: set[str] = set()
        self.accepted: dict[str, str] = {}  # instance id: the key its boot came with
        self.crashes = 0
        self._crashing = False
        self._due = dict(EVERY_S)
        self.daemon: Daemon

    def __enter__(self) -> World:
        self._hit, failpoints.hit = failpoints.hit, self._on_point  # type: ignore[assignment]
        self._uuid4, uuid.uuid4 = uuid.uuid4, self.chance.uuid  # a replay has the same ids
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self.chance.calm()
        self._crashing = False
        self.stage.close()
        failpoints.hit, uuid.uuid4 = self._hit, self._uuid4
        self.ground.clear()

    # time

    def now(self) -> datetime:
        """Return what the wall clock says."""
        return self._wall

    def elapsed(self) -> float:
        """Return the seconds that have really passed."""
        return self._elapsed_s

    def sleep(self, seconds: float) -> None:
        """Let time pass for everybody while somebody waits."""
        self.check_alive()
        self._elapsed_s += seconds
        self._wall += timedelta(seconds=seconds)

    def jump(self, hours: float) -> None:
        """Set the wall clock to another time."""
        self._wall += timedelta(hours=hours)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and have done what is due by then."""
        self.sleep(seconds)
        for chore, every_s in EVERY_S.items():
            if self._elapsed_s >= self._due[chore]:
                self._due[chore] = self._elapsed_s + every_s
                self._guarded(lambda chore=chore: self._do_chore(chore))

    def _do_chore(self, chore: str) -> None:
        daemon = self.daemon
        with suppress(VmctlError):  # the real ones log it, and come again
            if chore == "outbox":
                daemon.outbox.forget_settled()
                daemon.outbox.sweep()
            elif chore == "sweep":
                daemon.sweep.sweep()
            elif chore == "report":
                daemon.report()
            elif chore == "clear":
                daemon.clear_copies()
            else:
                for host, agent in daemon.agents.items():
                    self.stage.add(f"agent {host}", daemon, self._quietly(agent.reconcile))

    # faults

    def strike(self, where: str, error: VmctlError | None = None) -> None:
        """Freeze, fail or crash here, if chance wants it."""
        self.check_alive()
        odds = self.chance.odds
        self._perhaps_crash()
        if self.stage.current is not None and self.chance.happens(odds.pause):
            self.stage.pause()
            self.check_alive()
        if self.chance.happens(odds.error):
            raise error or Internal(f"struck at {where}")

    def _on_point(self, point: str, phase: failpoints.Phase) -> None:
        if not self.database.is_writing:  # nobody can be frozen who keeps others waiting
            self.strike(f"{point}/{phase}")
        else:
            self._perhaps_crash()

    def _perhaps_crash(self) -> None:
        """Crash here, if chance wants it; a zombie has nothing to crash any more."""
        actor = self.stage.current
        is_zombie = actor is not None and actor.owner is not self.daemon
        if not is_zombie and self.chance.happens(self.chance.odds.crash):
            self._crashing = True
            raise Killed

    def check_alive(self) -> None:
        """Raise Killed for work of a process that is just dying."""
        if self._crashing:
            raise Killed

    def crash(self) -> None:
        """Kill the daemon, with all that it has in memory, and start the next one."""
        self._crashing = True
        for actor in list(self.stage.actors):
            if not self._survives(actor):
                self.stage.kill(actor)
        self._crashing = False
        self.crashes += 1
        self._start()

    def _survives(self, actor: Actor) -> bool:
        """Return whether it becomes, or is already, a zombie: those never die, they act late."""
        if actor.owner is not self.daemon:
            return True
        is_agent = actor.name.startswith("agent") and actor.thread is not None
        return is_agent and self.chance.happens(self.chance.odds.zombie)

    def has_zombies(self) -> bool:
        """Return whether work of earlier daemons goes on."""
        return any(actor.owner is not self.daemon for actor in self.stage.actors)

    def _start(self) -> None:
        while True:
            try:
                self.daemon = Daemon(self)
                self.daemon.begin()
            except Killed:  # died while it started: the next one
                self._crashing = False
                self.crashes += 1
            except VmctlError:  # could not start: systemd tries again
                self.sleep(1.0)
            else:
                return

    def _guarded(self, work: object) -> object:
        """Run ``work`` on the daemon's behalf; if it dies of it, start the next one."""
        try:
            return work()  # type: ignore[operator]
        except Killed:
            self.crash()
        finally:
            if self._crashing:
                self.crash()
        return None

    # what happens

    def boot(self, key: str, *, with_volume: bool = False) -> None:
        """A client boots, and does not care whether it got an answer."""
        volumes = (VolumeRequest(f"vol-{key}"),) if with_volume else ()
        request = BootRequest(
            name=key, flavor="m1.nano", image="tiny", volumes=volumes, idempotency_key=key
        )

        def boot() -> None:
            with context.bind(request_id=f"req-{key}"), suppress(VmctlError):
                made = self.daemon.admission.boot(a_validation(), request, None)
                for instance in made:
                    known = self.accepted.setdefault(instance.id, key)
                    assert known == key, "one instance for two keys"

        self.stage.add("client", self.daemon, boot)

    def boot_otherwise(self, key: str) -> None:
        """A client comes with a key that was used for something else."""
        request = BootRequest(name="another", flavor="m1.nano", image="tiny", idempotency_key=key)
        with suppress(AlreadyExists):
            self.daemon.admission.boot(a_validation(), request, None)
            raise AssertionError("a key was taken twice")

    def delete(self, instance_id: str) -> None:
        """A client deletes."""

        def delete() -> None:
            with context.bind(request_id="req-delete"), suppress(VmctlError):
                self.daemon.deletion.delete(a_caller(), instance_id, all_projects=False)

        self.stage.add("client", self.daemon, delete)

    def refuse(self, instance_id: str) -> None:
        """The user of an instance goes away: nobody gets a build token for it any more."""
        self.given.refused.add(instance_id)

    def end_guest(self, instance_id: str) -> None:
        """A guest shuts itself down."""
        for driver in self.drivers.values():
            with suppress(VmctlError):
                self._guarded(lambda driver=driver: driver.crash(instance_id))

    def deliver(self, letter: Letter) -> None:
        """Have a message taken."""
        post = self.post
        if letter in post.letters:
            post.letters.remove(letter)
            self.stage.add("deliver", self.daemon, lambda: post.deliver(letter))
            self.resume(self.stage.actors[-1])

    def resume(self, actor: Actor) -> None:
        """Let frozen or waiting work go on."""
        self._guarded(lambda: self.stage.resume(actor))

    def _quietly(self, work: object) -> object:
        def run() -> None:
            with suppress(VmctlError, NotFound):
                work()  # type: ignore[operator]

        return run

    # what there is

    def all(self) -> list[Instance]:
        """Return every instance that was ever accepted."""
        with self.database.read() as tx:
            return instance_pages.page(tx, InstanceFilter(deleted=True), Part(MANY))

    def look(self) -> Sight:
        """Return what can be seen at a glance."""
        return self.ground.look(PROJECT)

    def unsettled(self) -> list[Entry]:
        """Return those that something is happening to."""
        entries = self.look().entries
        return [one for one in entries if one.vm_state == VmState.BUILDING or one.task_state]

    def living(self) -> list[Entry]:
        """Return those that are not deleted."""
        return [one for one in self.look().entries if one.vm_state != VmState.DELETED]
