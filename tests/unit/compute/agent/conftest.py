from __future__ import annotations

import pytest

from tests.unit.compute.agent.parts import OneAgent


@pytest.fixture
def one() -> OneAgent:
    return OneAgent()
