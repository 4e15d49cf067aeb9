"""One cell of the matrix: a daemon that fails just there, a boot and a deletion around it."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass, field

import grpc

from tests.crash.auditor import audit, audit_cleanup, own_audit
from tests.crash.client import User
from tests.crash.cloud import Wish
from tests.crash.evidence import Ledger, Violation
from tests.crash.site import PASSWORD, Site, Template, site_of
from tests.crash.walk import is_of_an_action, way_past
from vmctld.compute.cells import TASK_PARTS
from vmctld.observe.failpoints import Fate

MAKES_UNDO = "step=28;phase=after-effect;do=raise"
T_RESUME_S = 30.0
RESUMES = (Fate.KILL, Fate.DROP, Fate.DUP, Fate.HANG, Fate.BUSY)
"""After these a boot ends ACTIVE: nothing was wrong but the moment."""
FAILS = (Fate.RAISE, Fate.ENOSPC)
"""After these it may end in ERROR, if the fault says why and nothing is left of it."""


@dataclass
class Outcome:
    """How a cell ended."""

    spec: str
    fate: Fate
    resumes: bool  # nothing was wrong but the moment: it must end ACTIVE
    end: str = ""  # ACTIVE, ERROR, or what it was stuck in
    deaths: int = 0
    settle_s: list[float] = field(default_factory=list)  # from a restart to the end
    violations: list[Violation] = field(default_factory=list)
    took_s: float = 0.0
    last_words: str = ""  # of the daemon, when something is wrong

    @property
    def failed(self) -> bool:
        """True when the cell breaks something."""
        return bool(self.violations)


def fate_of(spec: str) -> Fate:
    """Return what strikes in the first failpoint of ``spec``."""
    words = dict(part.split("=", 1) for part in spec.partition(",")[0].split(";"))
    return Fate(words["do"].partition("=")[0])


def point_of(spec: str) -> str:
    """Return where the first failpoint of ``spec`` is."""
    return dict(part.split("=", 1) for part in spec.partition(",")[0].split(";"))["step"]


class Trial:
    """Runs one cell on a site of its own.

    With more than one strike the daemon's next lives are armed too: it fails at recovering.
    """

    def __init__(self, site: Site, volume: str, spec: str, strikes: int = 1) -> None:
        self._site = site
        self._volume = volume
        self._spec = spec
        self._strikes = strikes
        self._cloud = site.client()
        self._ledger = Ledger()
        self._user = User(self._cloud, self._ledger)
        self.outcome = Outcome(spec, fate_of(spec), _resumes(spec, site.driver))
        if self.outcome.fate in FAILS:
            self._ledger.dead_letters_excused = 1

    def run(self) -> Outcome:
        """Boot, look, delete, look again."""
        began, outcome = time.monotonic(), self.outcome
        try:
            self._run()
        except Exception as error:  # a harness that falls over is a cell that failed
            words = error.details() if isinstance(error, grpc.RpcError) else repr(error)
            where = traceback.extract_tb(error.__traceback__)[-1]
            self._note("run", f"{words} ({where.name})")
        finally:
            self._cloud.close()
        outcome.deaths = self._site.deaths
        if outcome.fate is Fate.KILL and not outcome.deaths:
            self._note("reach", "the daemon was not killed: the failpoint was not reached")
        outcome.took_s = time.monotonic() - began
        if outcome.failed and self._site.daemon is not None:
            outcome.last_words = self._site.daemon.log.read_text()[-4000:]
        return outcome

    def _run(self) -> None:
        point = point_of(self._spec)
        armed = ",".join([self._spec, *_makes_undo(point)])
        # A build that has begun to be undone is undone by the next life; an action is done again
        rearmed = armed if is_of_an_action(point) else self._spec
        self._site.rearmed = [rearmed] * (self._strikes - 1)
        self._site.start(armed)
        if point == "2":
            self._sign_in()
        server_id = self._boot()
        if is_of_an_action(point):
            self._walk(server_id)
        _, found = audit(self._site, self._cloud, self._ledger)
        self.outcome.violations += found
        self._delete(server_id)

        def again() -> None:
            self._cloud.delete(server_id)
            self.outcome.violations += own_audit(self._cloud, repair=True)

        found = audit_cleanup(self._site, self._cloud, self._ledger, again)
        self.outcome.violations += found

    def _sign_in(self) -> None:
        try:
            self._cloud.sign_in(PASSWORD)
        except grpc.RpcError:
            self._cloud.sign_in(PASSWORD)

    def _boot(self) -> str:
        wish = Wish("one", self._volume)
        server_id = self._user.boot(wish)
        end = self._user.until_settled(server_id)
        self._measure()
        self.outcome.end = end
        self._user.boot(wish)  # the same key again: the ledger takes its answer down
        if end != "ACTIVE" and (end != "ERROR" or self.outcome.resumes):
            server = self._cloud.get(server_id)
            why = f": {server.fault.code}, {server.fault.message}" if server else ""
            self._note("end", f"{end}{why}")
        return server_id

    def _walk(self, server_id: str) -> None:
        """Have done to the server what passes the failpoint and leads back to ACTIVE."""
        for leg in way_past(point_of(self._spec)):
            end = self._user.act(server_id, leg.call, leg.statuses)
            self._measure()
            if end not in leg.statuses:
                self._note("action", f"{leg.call} ends in {end}, not in {leg.statuses[0]}")

    def _delete(self, server_id: str) -> None:
        deaths = self._site.deaths
        self._user.delete(server_id)
        if not self._user.until_gone(server_id):
            self._note("I11", "the deletion does not end")
        if self._site.deaths > deaths:
            self._measure()

    def _measure(self) -> None:
        if self._site.restarted_at is not None:
            took_s = time.monotonic() - self._site.restarted_at
            self.outcome.settle_s.append(took_s)
            if took_s > T_RESUME_S:
                self._note("T_resume", f"settled {took_s:.1f} s after the restart")

    def _note(self, what: str, detail: str) -> None:
        self.outcome.violations.append(Violation(what, self._spec, detail))


def _resumes(spec: str, driver: str) -> bool:
    # An undo follows a failed build: another host does better, if there is another host
    is_alone = driver != "fake" and point_of(spec).startswith("undo:")
    return fate_of(spec) in RESUMES and not is_alone


def _makes_undo(point: str) -> list[str]:
    kind, _, part = point.partition(":")
    if kind != "undo":
        return []
    return [f"step=action:{part};phase=after-effect;do=raise" if part in TASK_PARTS else MAKES_UNDO]


def try_cell(source: Template, spec: str, strikes: int = 1) -> Outcome:
    """Run one cell on a fresh copy of the template."""
    with site_of(source) as site:
        return Trial(site, source.volumes[0], spec, strikes).run()
