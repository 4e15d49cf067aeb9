"""The same playground in four processes, on RabbitMQ and PostgreSQL: behind the same trials.

A failpoint is armed in all four; whichever comes by it dies, and is started again by itself.
"""

from __future__ import annotations

import itertools
import random
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.crash.daemon import Daemon, DaemonDied
from tests.crash.site import SPLIT, Site, Template, prepare, scratch
from tests.support.postgresql import Server
from tests.support.rabbitmq import VHOSTS, Broker
from tests.support.split import FOUR, Split

LOOK_EVERY_S = 0.05
SEED = 4711  # whom a random kill strikes


@dataclass(frozen=True)
class SplitTemplate(Template):
    """A prepared database and compute host; broker and database server go on running."""

    broker: Broker
    server: Server
    vhosts: Iterator[str]
    numbers: Iterator[int]

    @contextmanager
    def site(self) -> Iterator[SplitSite]:
        """Give a copy of it, without daemons yet."""
        with scratch() as home:
            name = f"trial-{next(self.numbers)}"
            url = self.server.copy("template-split", name)
            for folder in ("s", "credentials"):
                shutil.copytree(self.home / folder, home / folder)
            site = SplitSite(home, self, url)
            try:
                yield site
            finally:
                site.close()
                self.server.drop(name)


class Fleet:
    """The four daemons, as trials and storms know one: a blow strikes one of them."""

    def __init__(self, home: Path, daemons: dict[str, Daemon], chance: random.Random) -> None:
        self._home = home
        self.daemons = daemons
        self._chance = chance
        self._struck: Daemon | None = None

    @property
    def log(self) -> Path:
        """A file with the words of all of them."""
        words = [
            f"--- {name}\n{daemon.log.read_text()[-5000:]}" for name, daemon in self.daemons.items()
        ]
        (self._home / "log").write_text("\n".join(words))
        return self._home / "log"

    @property
    def is_alive(self) -> bool:
        """True while all of them run."""
        return all(daemon.is_alive for daemon in self.daemons.values())

    def freeze(self) -> None:
        """Stop one of them where it is."""
        self._victim().freeze()

    def thaw(self) -> None:
        """Let it go on."""
        self._victim().thaw()

    def kill(self) -> None:
        """End that one, or another one if none stands still, as ``kill -9`` does."""
        self._victim().kill()
        self._struck = None

    def _victim(self) -> Daemon:
        if self._struck is None:
            self._struck = self._chance.choice(list(self.daemons.values()))
        return self._struck


class SplitSite(Site):
    """An installation in four processes; its compute host's state directory is the site's."""

    def __init__(self, home: Path, source: SplitTemplate, database_url: str) -> None:
        super().__init__(home, SPLIT, source.token)
        self.split = Split(home, source.broker, next(source.vhosts), database_url)
        self.socket = Path(self.split.endpoint().removeprefix("unix://"))
        self._chance = random.Random(SEED)
        self._database_url = database_url
        self._reviving = threading.Lock()
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    def start(
        self, failpoint: str = "", *, real: bool = False, shift_s: float = 0.0, **extra: str
    ) -> float:
        """Start all four, armed alike; return the seconds until the last one was ready."""
        began = time.monotonic()
        daemons = {name: self._begin(name, failpoint, real, extra) for name in FOUR}
        self.daemon = Fleet(self.home, daemons, self._chance)  # type: ignore[assignment]
        for name in FOUR:
            self._wait_ready(name)
        self._keeper.start()  # users see a dead api alone: the others are nobody's to miss
        self.started.append(time.monotonic() - began)
        return self.started[-1]

    def revive(self) -> None:
        """Start those again that are dead."""
        with self._reviving:
            if self._closing.is_set():
                return
            for name, daemon in list(self._daemons().items()):
                if daemon.is_alive:
                    continue
                self.deaths += 1
                self.restarted_at = time.monotonic()
                self._daemons()[name] = self._begin(name, self._next_failpoint())
                self.started.append(self._wait_ready(name))

    def logs(self) -> list[Path]:
        """Return where the daemons' words are."""
        homes = [self.split.role(name).home for name in FOUR]
        return [home / name for home in homes for name in ("log", "out")]

    def look_into_database(self, views: tuple[str, ...]) -> tuple[dict[str, Any], list[str]]:
        """Return the public views at one moment; a server answers for its own pages."""
        with psycopg.connect(self._database_url, row_factory=dict_row) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            return {
                name: tuple(
                    {column: _as_in_sqlite(value) for column, value in row.items()}
                    for row in connection.execute(f"SELECT * FROM audit_{name}")  # type: ignore[arg-type]
                )
                for name in views
            }, []

    def stop(self) -> None:
        """End all of them as an operator does; fail unless they end cleanly."""
        self._closing.set()
        with self._reviving:
            assert [daemon.stop() for daemon in self._daemons().values()] == [0] * len(FOUR)

    def close(self) -> None:
        """Kill what is left."""
        self._closing.set()
        with self._reviving:  # whatever the keeper has just begun is there to be killed
            self._kill_all()

    def _keep(self) -> None:
        """Be the init system: start again what has died."""
        while not self._closing.wait(LOOK_EVERY_S):
            self.revive()

    def _kill_all(self) -> None:
        if self.daemon is not None:
            for daemon in self._daemons().values():
                daemon.kill()
            self.daemon = None

    def _daemons(self) -> dict[str, Daemon]:
        assert isinstance(self.daemon, Fleet)
        return self.daemon.daemons

    def _next_failpoint(self) -> str:
        return self.rearmed.pop() if self.rearmed else ""

    def _wait_ready(self, name: str) -> float:
        """Wait until one is ready; one whose failpoint strikes before is followed by another."""
        while True:
            try:
                return self._daemons()[name].wait_ready()
            except DaemonDied:
                self.deaths += 1
                self._daemons()[name] = self._begin(name, self._next_failpoint())

    def _begin(
        self, name: str, failpoint: str, real: bool = False, extra: dict[str, str] | None = None
    ) -> Daemon:
        role = self.split.role(name)
        arguments = [*role.arguments, *self.options]
        if failpoint:
            arguments += ["--enable-failpoints", "--failpoint", failpoint]
        return Daemon(role.home, arguments, {**role.environment, **(extra or {})}, real=real)


@contextmanager
def split_template() -> Iterator[SplitTemplate]:
    """Give a broker, a database server, and what is copied for each trial."""
    with ExitStack() as ends:
        home, broker_home, server_home = (ends.enter_context(scratch()) for _ in range(3))
        broker = Broker(broker_home)
        ends.callback(broker.stop)
        broker.start()
        server = Server(server_home)
        ends.callback(server.stop)
        server.start()
        vhosts = itertools.cycle(VHOSTS[1:])
        url = server.create("template-split")
        blank = SplitTemplate(home, SPLIT, "", (), broker, server, vhosts, itertools.count())
        site = SplitSite(home, blank, url)
        site.start(real=True)
        try:
            token, volumes = prepare(site)
            site.stop()
        finally:
            site.close()
        yield SplitTemplate(home, SPLIT, token, volumes, broker, server, vhosts, blank.numbers)


def _as_in_sqlite(value: object) -> object:
    """Return a time as SQLite's views have it: text, in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
    return value
