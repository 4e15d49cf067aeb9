from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.support.cloud import eventually
from vmctld.compute.agent import desk as desk_module
from vmctld.compute.agent.desk import BuildDesk
from vmctld.observe import context
from vmctld.saga.runner import Interrupted


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[BuildDesk]:
    monkeypatch.setattr(desk_module, "RETRY_S", 0.001)
    desk = BuildDesk(2)
    yield desk
    desk.close(20)


def test_jobs_are_done_on_the_desks_own_threads_for_their_requests(desk: BuildDesk) -> None:
    seen: list[tuple[str, str]] = []

    def job() -> None:
        seen.append((context.current().request_id, threading.current_thread().name[:6]))

    with context.bind(request_id="req-7"):
        desk.submit(job)
    eventually(lambda: bool(seen), "the job is done")

    assert seen == [("req-7", "build-")]


def test_a_job_that_could_not_be_settled_is_tried_again(desk: BuildDesk) -> None:
    tries: list[int] = []

    def job() -> None:
        tries.append(len(tries))
        if len(tries) < 3:
            raise ValueError("not yet")

    desk.submit(job)

    eventually(lambda: tries == [0, 1, 2], "the third try works")


def test_a_job_that_was_interrupted_is_left_to_the_next_daemon(desk: BuildDesk) -> None:
    tries: list[str] = []

    def job() -> None:
        tries.append("interrupted")
        raise Interrupted

    desk.submit(job)
    desk.submit(lambda: tries.append("next"))
    eventually(lambda: "next" in tries, "the next job is done")

    assert tries.count("interrupted") == 1


def test_what_is_not_begun_when_the_desk_closes_is_left_undone(desk: BuildDesk) -> None:
    busy, go_on, done = threading.Barrier(3), threading.Event(), []

    def job() -> None:
        busy.wait(20)
        go_on.wait(20)

    for _ in range(2):
        desk.submit(job)
    busy.wait(20)
    desk.submit(lambda: done.append("late"))

    closing = threading.Thread(target=desk.close, args=(20,))
    closing.start()
    eventually(lambda: desk.is_closed, "the desk closes")
    go_on.set()
    closing.join(20)

    assert done == []
