"""What is remembered of sessions beside their tokens: for whom, where, until when."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from vmctl_cli.session import private_file

BOOK_FILE = "session.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """One session; the newest of an endpoint is the one in use."""

    endpoint: str
    user_name: str
    project: str  # as it was asked for; empty: the user's default
    project_name: str
    expires_unix: float
    keyring: str | None  # class path of the backend that holds the token; None: the file

    @property
    def account(self) -> str:
        """The name its token is kept under."""
        return f"{self.user_name}/{self.project_name}@{self.endpoint}"

    def serves(self, user_name: str | None, project: str | None) -> bool:
        """Tell whether this is a session of that user and project; None: any."""
        if user_name is not None and user_name != self.user_name:
            return False
        return project is None or project in (self.project, self.project_name)


class Book:
    """The sessions of one configuration directory, newest first."""

    def __init__(self, config_dir: Path) -> None:
        self._path = config_dir / BOOK_FILE

    def find(self, endpoint: str, user_name: str | None, project: str | None) -> Entry | None:
        """Return the newest session that fits."""
        for entry in self._entries:
            if entry.endpoint == endpoint and entry.serves(user_name, project):
                return entry
        return None

    def add(self, entry: Entry) -> None:
        """Remember ``entry`` as the newest."""
        self._save([entry, *(one for one in self._entries if one.account != entry.account)])

    def remove(self, entry: Entry) -> None:
        """Forget ``entry``."""
        self._save([one for one in self._entries if one != entry])

    @cached_property
    def _content(self) -> dict[str, Any]:
        return private_file.read(self._path)

    @property
    def _entries(self) -> list[Entry]:
        names = {field.name for field in fields(Entry)}
        sessions = self._content.get("sessions")
        if not isinstance(sessions, list):
            return []
        return [Entry(**one) for one in sessions if isinstance(one, dict) and set(one) == names]

    def _save(self, entries: list[Entry]) -> None:
        self._content.update(sessions=[asdict(entry) for entry in entries])
        private_file.write(self._path, self._content)
