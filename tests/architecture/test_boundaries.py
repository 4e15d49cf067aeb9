"""Who may reach what: the import contracts, and the agent without a database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


def test_the_import_contracts_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([lint], cwd=CHECKOUT, capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stdout


def test_the_agent_builds_where_no_database_library_can_be_imported() -> None:
    program = [sys.executable, str(CHECKOUT / "tests/architecture/agent_alone.py")]

    done = subprocess.run(program, capture_output=True, text=True, timeout=60)

    assert done.stdout.split() == ["True", "BuildSucceeded", "True"], done.stderr
