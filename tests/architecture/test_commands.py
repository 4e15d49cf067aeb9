"""What the documents say of the command line is what the command tree has."""

from __future__ import annotations

from pathlib import Path

from scripts import command_table, error_codes
from scripts.nova_commands import LEFT_OUT, NOT_YET
from vmctl_cli.lazy import unknown_command
from vmctl_cli.old_names import ALIASES, NEWER_NAMES
from vmctl_cli.registry import MODULES

CHECKOUT = Path(__file__).parents[2]
NOVA = command_table.nova_commands()


def test_the_document_of_the_commands_is_fresh() -> None:
    written = (CHECKOUT / "docs" / "commands.md").read_text()

    assert written == command_table.table(), "run: scripts/commands"


def test_each_of_novas_commands_is_accounted_for_once() -> None:
    names = [name for _theme, _tier, name in NOVA]

    assert len(names) == len(set(names)) == 127
    assert all(command_table.standing(theme, name)[1] for theme, _tier, name in NOVA)


def test_nothing_is_left_out_that_is_there() -> None:
    assert not set(LEFT_OUT) & set(MODULES)
    assert set(LEFT_OUT) <= {name for _theme, _tier, name in NOVA}
    assert set(NOT_YET) <= {theme for theme, _tier, _name in NOVA}


def test_old_names_lead_to_commands_that_exist() -> None:
    assert {now[0] for now in ALIASES.values()} <= set(MODULES)
    assert not set(ALIASES) & (set(MODULES) | set(NEWER_NAMES))
    assert all("did you mean" in unknown_command(name).hint for name in NEWER_NAMES)


def test_the_error_codes_that_the_command_lists_are_fresh() -> None:
    kept = (CHECKOUT / "cli/vmctl_cli/error_codes.tsv").read_text()

    assert kept == error_codes.lines(), "run: scripts/errors"
