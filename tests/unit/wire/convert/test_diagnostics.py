from __future__ import annotations

from tests.support.filled import filled
from vmctld.domain.machine import Diagnostics
from vmctld.wire.convert.diagnostics import diagnostics_from_proto, diagnostics_to_proto


def test_diagnostics_come_back_from_the_wire_as_they_were() -> None:
    found = filled(Diagnostics)

    assert diagnostics_from_proto(diagnostics_to_proto(found)) == found
