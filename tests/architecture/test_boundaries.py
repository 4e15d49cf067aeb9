"""Who may reach what: the import contracts, and the agent without a database."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
STARTERS = {"Popen", "run", "call", "check_call", "check_output"}


def test_the_import_contracts_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([lint], cwd=CHECKOUT, capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stdout


def test_the_agent_builds_where_no_database_library_can_be_imported() -> None:
    program = [sys.executable, str(CHECKOUT / "tests/architecture/agent_alone.py")]

    done = subprocess.run(program, capture_output=True, text=True, timeout=60)

    assert done.stdout.split() == ["True", "BuildSucceeded", "True"], done.stderr


def test_every_program_is_started_where_it_gets_all_cores() -> None:
    paths = (CHECKOUT / "daemon").rglob("*.py")

    assert [found for path in paths for found in _starts_on_one_core(path)] == []


def _starts_on_one_core(path: Path) -> list[str]:
    tree = ast.parse(path.read_text())
    roaming = {
        inner
        for block in ast.walk(tree)
        if isinstance(block, ast.With) and "CORES.roaming()" in ast.unparse(block.items[0])
        for inner in ast.walk(block)
    }
    return [
        f"{path}:{call.lineno}"
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and ast.unparse(call.func.value) == "subprocess"
        and call.func.attr in STARTERS
        and call not in roaming
    ]
