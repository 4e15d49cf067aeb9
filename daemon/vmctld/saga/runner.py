"""Runs a saga forward, and backward when an action fails.

A resumed saga runs every action again from the first: ``do`` means *make sure*, so what is
done already costs little and gives its results afresh.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

import structlog

from vmctld.observe import failpoints
from vmctld.observe.failpoints import Phase
from vmctld.saga.action import Action, Fenced, Overtaken, SagaFailed
from vmctld.saga.journal import ActionState, Entry, Journal

log = structlog.get_logger(__name__)
C = TypeVar("C")

UNDO_TRIES = 5
UNDO_PAUSE_S = 0.2  # doubles with each try


class Interrupted(Exception):
    """The saga was asked to stop between two actions; its journal still says running."""


def run(
    actions: Sequence[Action[C]],
    ctx: C,
    journal: Journal,
    *,
    resumed: bool = False,
    is_stopping: Callable[[], bool] = lambda: False,
    doing: Callable[[], AbstractContextManager[object]] = nullcontext,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Do ``actions`` in order; on a failure undo those begun, last first.

    ``resumed``: an earlier life of this saga may have done any of them, so all are undone.
    ``doing`` surrounds each ``do``, such as with a deadline; an undo takes the time it needs.
    The last action's end is not recorded here: whoever runs the saga commits it together
    with what the whole saga was for.
    Raises SagaFailed from the cause, Fenced (after undoing), Overtaken, Interrupted; and what
    the journal raises when a failure cannot be written down: it is to be run again, resumed.
    """
    finished: tuple[Entry, ...] = ()
    for position, action in enumerate(actions):
        if is_stopping():
            raise Interrupted
        begun = actions if resumed else actions[: position + 1]
        try:
            journal.record(*finished, Entry(action.name, ActionState.RUNNING))
            with doing():
                action.do(ctx)
        except (Overtaken, Interrupted):
            raise
        except Fenced:
            undo(begun, ctx, journal, pause=pause)
            raise
        except Exception as cause:
            stuck = undo(begun, ctx, journal, pause=pause, failed=action.name, cause=cause)
            raise SagaFailed(action.name, stuck) from cause
        finished = (Entry(action.name, ActionState.DONE),)


def undo(
    begun: Sequence[Action[C]],
    ctx: C,
    journal: Journal,
    *,
    pause: Callable[[float], None] = time.sleep,
    failed: str = "",
    cause: BaseException | None = None,
) -> tuple[str, ...]:
    """Undo ``begun``, last first, each with a few tries; return the names that are stuck.

    A stuck undo does not keep the ones before it from being undone.
    Raises, before anything is undone, Overtaken or why the failure could not be written down.
    """
    if cause is not None:
        _record_failure(journal, Entry(failed, ActionState.FAILED, cause))
    stuck: list[str] = []
    for action in reversed(begun):
        if _undo_one(action, ctx, pause):
            _try_record(journal, Entry(action.name, ActionState.UNDONE))
        else:
            stuck.append(action.name)
            _try_record(journal, Entry(action.name, ActionState.STUCK))
    return tuple(stuck)


def _undo_one(action: Action[C], ctx: C, pause: Callable[[float], None]) -> bool:
    for attempt in range(UNDO_TRIES):
        try:
            failpoints.hit(f"undo:{action.name}", Phase.BEFORE)
            action.undo(ctx)
            failpoints.hit(f"undo:{action.name}", Phase.AFTER_EFFECT)
        except Exception:
            log.warning("undo failed", action=action.name, attempt=attempt + 1, exc_info=True)
            if attempt + 1 < UNDO_TRIES:
                pause(UNDO_PAUSE_S * 2**attempt)
        else:
            return True
    log.error("undo is stuck", action=action.name)
    return False


def _record_failure(journal: Journal, entry: Entry) -> None:
    # Until it is written down the next life goes forward: an undo of this one that is late
    # would take from that one what it has made sure of.
    try:
        journal.record(entry)
    except Overtaken:
        raise
    except Fenced:
        log.debug("a failure was not recorded: the saga is fenced", action=entry.action)
    except Exception:
        log.warning(
            "a failure was not recorded, and nothing is undone yet",
            action=entry.action,
            cause=repr(entry.cause),
        )
        raise


def _try_record(journal: Journal, entry: Entry) -> None:
    # What is undone is undone, whether it could be written down or not.
    try:
        journal.record(entry)
    except Overtaken:
        raise
    except Fenced:
        log.debug("an undo was not recorded: the saga is fenced", action=entry.action)
    except Exception:
        log.warning("an undo was not recorded", action=entry.action, exc_info=True)
