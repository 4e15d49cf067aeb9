"""What a boot request may say by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from vmctld.compute.api.validation import checked
from vmctld.domain.boot_request import BootRequest
from vmctld.errors import InvalidRequest

REQUEST = BootRequest(name="web", flavor="m1.nano", image="tiny")


@pytest.mark.parametrize("field", ["availability_zone", "idempotency_key", "description"])
@pytest.mark.parametrize("text", ["x" * 256, "x" * 3_000_000, "a\x00b", "a\nb", "\u202eevil"])
def test_a_text_that_is_kept_is_one_short_printable_line(field: str, text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        checked(replace(REQUEST, **{field: text}))

    assert refused.value.code == "invalid-text"


def test_a_zone_is_taken_without_the_blanks_around_it() -> None:
    assert checked(replace(REQUEST, availability_zone=" nova:h1 ")).availability_zone == "nova:h1"
    assert checked(replace(REQUEST, availability_zone="  ")).availability_zone is None
