"""Errors as answers: they arrive as the class they were, or hidden."""

from __future__ import annotations

import inspect
import json

import pytest

from vmctld import errors
from vmctld.bus.answers import as_ours, error_from_dict, error_to_dict
from vmctld.errors import Internal, NotFound, VmctlError

OURS = [
    kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, VmctlError)
]


class OddlyBuilt(NotFound):
    """An error that cannot be built from what an answer has."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} {two}", code="odd")


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: str(kind.__name__))
def test_an_error_comes_back_as_its_class_with_all_it_says(kind: type[VmctlError]) -> None:
    error = kind("It is so.", code="so-it-is", hint="Do this.", facts={"hosts": {"a": [1, None]}})

    back = error_from_dict(json.loads(json.dumps(error_to_dict(error))))

    assert type(back) is kind
    assert vars(back) == vars(error)
    assert str(back) == "It is so."


def test_an_error_of_another_module_travels_as_the_class_of_ours_that_it_is() -> None:
    back = error_from_dict(error_to_dict(OddlyBuilt(1, 2)))

    assert type(back) is NotFound
    assert (back.message, back.code) == ("1 2", "odd")


def test_a_foreign_exception_shows_its_class_and_not_its_words() -> None:
    error = as_ours(KeyError("/secret/path"))

    assert type(error) is Internal
    assert error.facts == {"error": "KeyError"}
    assert "secret" not in str(vars(error))


def test_an_error_of_ours_stays_itself() -> None:
    error = NotFound("gone")

    assert as_ours(error) is error


GOOD = error_to_dict(NotFound("gone"))


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {**GOOD, "message": None},
        {**GOOD, "code": 1},
        {**GOOD, "facts": "none"},
        {**GOOD, "hint": None},
    ],
)
def test_an_answer_that_cannot_be_read_is_internal(answer: object) -> None:
    assert type(error_from_dict(answer)) is Internal


def test_an_error_of_an_unknown_class_is_internal_and_keeps_its_code() -> None:
    back = error_from_dict({**GOOD, "class": "FromTheFuture", "code": "too-new"})

    assert (type(back), back.code) == (Internal, "too-new")
