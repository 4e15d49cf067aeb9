"""What a log line looks like, and what is in none."""

import io
import json
import logging

import pytest
import structlog

from vmctld.observe import log
from vmctld.observe.context import bind


@pytest.fixture(autouse=True)
def _as_before():
    yield
    log.configure()


def written(level="debug", form="json"):
    """Configure the log and return the stream that it writes to."""
    stream = io.StringIO()
    log.configure(level, form, stream)
    return stream


def test_a_json_line_names_time_level_component_event_and_facts():
    stream = written()

    structlog.get_logger("vmctld.agent").info("machine runs", pid=42)

    line = json.loads(stream.getvalue())
    assert line.pop("time").endswith("Z")
    assert line == {"level": "info", "component": "agent", "event": "machine runs", "pid": 42}


def test_a_logfmt_line_begins_with_what_every_line_has():
    stream = written(form="logfmt")

    with bind(request_id="req-1"):
        structlog.get_logger("vmctld.agent").warning("disk is slow", ms=12.5)

    _, rest = stream.getvalue().split(" ", 1)
    assert rest == 'level=warning component=agent event="disk is slow" request_id=req-1 ms=12.5\n'


def test_a_line_carries_the_id_of_the_request_that_is_served():
    stream = written()

    with bind(request_id="req-1"):
        structlog.get_logger("vmctld.agent").info("machine runs")

    assert json.loads(stream.getvalue())["request_id"] == "req-1"


def test_what_is_below_the_level_is_not_written():
    stream = written("warning")
    logger = structlog.get_logger("vmctld.agent")

    logger.debug("one")
    logger.info("two")
    logger.warning("three")
    logger.error("four")

    events = [json.loads(line)["event"] for line in stream.getvalue().splitlines()]
    assert events == ["three", "four"]


def test_at_error_a_warning_is_not_written():
    stream = written("error")

    structlog.get_logger("vmctld.agent").warning("three")

    assert stream.getvalue() == ""


def test_at_debug_everything_is_written():
    stream = written("debug")

    structlog.get_logger("vmctld.agent").debug("one")

    assert json.loads(stream.getvalue())["level"] == "debug"


def test_a_cause_comes_with_its_traceback_and_without_the_token_in_it():
    stream = written()

    try:
        raise ValueError("bad token vmt_0123456789abcdef")
    except ValueError as error:
        structlog.get_logger("vmctld.agent").error("it failed", exc_info=error)

    line = json.loads(stream.getvalue())
    assert "Traceback" in line["exception"]
    assert "vmt_0123456789abcdef" not in line["exception"]


def test_a_traceback_stays_on_one_line_of_logfmt():
    stream = written(form="logfmt")

    try:
        raise ValueError("oops")
    except ValueError as error:
        structlog.get_logger("vmctld.agent").error("it failed", exc_info=error)

    assert stream.getvalue().count("\n") == 1


def test_a_level_set_later_counts_for_loggers_made_before():
    logger = structlog.get_logger("vmctld.agent")
    written("error")
    stream = written("info")

    logger.info("machine runs")

    assert "machine runs" in stream.getvalue()


def test_libraries_are_heard_from_warning_on():
    stream = written("debug")

    logging.getLogger("some.library").info("chatter")
    logging.getLogger("some.library").warning("look at %s", "this")
    try:
        raise ValueError("oops")
    except ValueError:
        logging.getLogger("some.library").exception("it broke")

    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["look at this", "it broke"]
    assert lines[0]["component"] == "some.library"
    assert "ValueError: oops" in lines[1]["exception"]


def test_hot_paths_can_ask_whether_anybody_reads_their_debug_lines():
    written("debug")
    assert log.is_debugging()
    written("info")
    assert not log.is_debugging()


def test_unless_told_otherwise_warnings_go_to_stderr(capsys):
    log.configure()

    structlog.get_logger("vmctld.agent").info("not this")
    structlog.get_logger("vmctld.agent").warning("but this")

    out, err = capsys.readouterr()
    assert out == ""
    assert "but this" in err
    assert "not this" not in err
