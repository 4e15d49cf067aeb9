"""What a command prints: data to stdout in the format asked for, words to stderr."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from vmctl_cli.output.columns import Column, choose, columns
from vmctl_cli.output.records import plain, value_of
from vmctl_cli.streams import error_is_terminal, write, write_error
from vmctl_cli.text import harmless

if TYPE_CHECKING:
    from vmctl_cli.output.arrange import Arrangement

__all__ = ["FORMATS", "Column", "Output", "columns"]

FORMATS = ("table", "json", "yaml", "csv", "value")


class Output:
    """Prints records as the user asked: a format, some columns, or the ids alone."""

    def __init__(
        self,
        output_format: str = "table",
        wanted: Sequence[str] = (),
        *,
        quiet: bool = False,
        arrangement: Arrangement | None = None,
    ) -> None:
        self.format = output_format
        self.quiet = quiet
        self._wanted = tuple(wanted)
        self._arrangement = arrangement

    def table(
        self,
        records: Iterable[Any],
        shown: Sequence[Column],
        *,
        id_key: str = "id",
        record: str = "",
    ) -> None:
        """Print a list: one row, object or line for each record.

        ``record`` names their class, as ``volumes.Volume`` below ``vmctl_cli.client``: what
        columns there are is known of an empty list, too.
        """
        things = list(records)
        if self._arrangement is not None:
            things = self._arrangement.of(things, id_key)
            shown = self._arrangement.columns(shown, things, id_key)
        if self.quiet:
            self._ids(things, id_key)
            return
        example = things[0] if things else self._class_of(record)
        chosen = choose(shown, self._wanted, example)
        if self.format in ("json", "yaml"):
            self._document([self._object(thing, chosen) for thing in things])
        elif self.format == "table":
            from vmctl_cli.output.table import render

            rows = [[_or_dash(column.text(thing)) for column in chosen] for thing in things]
            write(render([column.heading for column in chosen], rows))
        else:
            self._cells([[column.text(thing) for column in chosen] for thing in things], chosen)

    def one(self, record: Any, shown: Sequence[Column], *, id_key: str = "id") -> None:
        """Print one thing: nova's ``Property | Value`` table, or one object."""
        if self.quiet:
            self._ids([record], id_key)
            return
        chosen = choose(shown, self._wanted, record)
        if self.format in ("json", "yaml"):
            self._document(self._object(record, chosen))
        elif self.format == "table":
            from vmctl_cli.output.table import render

            rows = [[column.heading, _or_dash(column.text(record))] for column in chosen]
            write(render(["Property", "Value"], rows))
        elif self.format == "value":
            for column in chosen:
                write(harmless(column.text(record) or "", keep="\n") + "\n")
        else:
            self._cells([[column.text(record) for column in chosen]], chosen)

    def say(self, text: str) -> None:
        """Tell the user something that is no data; a script that parses errors is spared it."""
        if self.format != "json" or error_is_terminal():
            write_error(harmless(text, keep="\n") + "\n")

    def warn(self, text: str) -> None:
        """Tell the user something that they should look at."""
        write_error(f"warning: {harmless(text)}\n")

    def suggest(self, command: str) -> None:
        """Name the command that usually comes next, to somebody who sits in front of it."""
        if self.format == "table" and not self.quiet and error_is_terminal():
            write_error(f"next: {harmless(command)}\n")

    def _class_of(self, record: str) -> type | None:
        """Return the class that has all the fields; imported only when ``-c`` asks for some."""
        if not self._wanted or not record:
            return None
        from importlib import import_module

        module, _, name = record.rpartition(".")
        found: type = getattr(import_module(f"vmctl_cli.client.{module}"), name)
        return found

    def _ids(self, things: Sequence[Any], id_key: str) -> None:
        write("".join(harmless(str(value_of(thing, id_key))) + "\n" for thing in things))

    def _object(self, thing: Any, chosen: Sequence[Column]) -> Any:
        if not (self._wanted or (self._arrangement is not None and self._arrangement.chooses)):
            return plain(thing)
        return {column.key: plain(value_of(thing, column.key)) for column in chosen}

    def _document(self, data: Any) -> None:
        if self.format == "json":
            from vmctl_cli.output import json_format

            write(json_format.render(data))
        else:
            from vmctl_cli.output import yaml_format

            write(yaml_format.render(data))

    def _cells(self, rows: Sequence[Sequence[str | None]], chosen: Sequence[Column]) -> None:
        if self.format == "csv":
            from vmctl_cli.output import csv_format

            write(csv_format.render([column.key for column in chosen], rows))
        else:
            lines = (" ".join(harmless(cell or "") for cell in row) for row in rows)
            write("".join(line + "\n" for line in lines))


def _or_dash(text: str | None) -> str:
    return "-" if text is None else text
