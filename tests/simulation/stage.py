"""Work that can be frozen anywhere and go on later: threads of which one runs at a time.

The one with the baton runs.  It gives it back when its work ends or when it pauses; whoever
directs (the world) resumes it, or kills it where it stands.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

Work = Callable[[], None]


class Killed(BaseException):
    """The process that did this work is gone."""


class Actor:
    """One piece of work and how far it is."""

    def __init__(self, name: str, owner: object, work: Work) -> None:
        self.name = name
        self.owner = owner
        self.work = work
        self.is_over = False
        self.is_killed = False
        self.thread: _Thread | None = None

    def __repr__(self) -> str:
        return self.name


class _Thread:
    """A thread that does one actor's work after another."""

    def __init__(self, stage: Stage) -> None:
        # Plain locks, taken here and let go of there: a semaphore costs three times as much.
        self.go, self.back = threading.Lock(), threading.Lock()
        self.go.acquire()
        self.back.acquire()
        self.actor: Actor | None = None
        self._stage = stage
        threading.Thread(target=self._serve, name="actor", daemon=True).start()

    def _serve(self) -> None:
        while True:
            self.go.acquire()
            actor = self.actor
            if actor is None:
                return
            try:
                actor.work()
            except Killed:
                pass
            except BaseException as error:
                self._stage.error = error
            actor.is_over = True
            self.back.release()


class Stage:
    """Actors that are under way.  ``current`` is the one that has the baton, None: the director."""

    def __init__(self) -> None:
        self.current: Actor | None = None
        self.actors: list[Actor] = []
        self.error: BaseException | None = None
        self._free: list[_Thread] = []

    def add(self, name: str, owner: object, work: Work) -> None:
        """Have ``work`` done when its turn comes."""
        self.actors.append(Actor(name, owner, work))

    def resume(self, actor: Actor) -> None:
        """Let ``actor`` run until it pauses or ends."""
        assert self.current is None
        if actor.thread is None:
            if actor.is_killed:
                self.actors.remove(actor)
                return
            actor.thread = self._free.pop() if self._free else _Thread(self)
            actor.thread.actor = actor
        self.current = actor
        actor.thread.go.release()
        actor.thread.back.acquire()
        self.current = None
        if actor.is_over:
            self.actors.remove(actor)
            self._free.append(actor.thread)
        if self.error is not None:
            error, self.error = self.error, None
            raise error

    def pause(self) -> None:
        """Give the baton back; returns when resumed.  Raises Killed when there is no more to do."""
        actor = self.current
        assert actor is not None
        assert actor.thread is not None
        actor.thread.back.release()
        actor.thread.go.acquire()
        if actor.is_killed:
            raise Killed

    def kill(self, actor: Actor) -> None:
        """End ``actor`` where it stands."""
        actor.is_killed = True
        self.resume(actor)

    def close(self) -> None:
        """End all actors and threads."""
        for actor in list(self.actors):
            self.kill(actor)
        for thread in self._free:
            thread.actor = None
            thread.go.release()
        self._free.clear()
