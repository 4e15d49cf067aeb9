"""A keyring as cheap as one can be, so that only our way to it is measured."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend


class FileKeyring(KeyringBackend):
    """Keeps everything in the file that BENCH_KEYRING names."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        """Return what was put."""
        secret = self._all().get(f"{service} {username}")
        return secret if isinstance(secret, str) else None

    def set_password(self, service: str, username: str, password: str) -> None:
        """Put something."""
        self._write({**self._all(), f"{service} {username}": password})

    def delete_password(self, service: str, username: str) -> None:
        """Forget it."""
        self._write({k: v for k, v in self._all().items() if k != f"{service} {username}"})

    def _all(self) -> dict[str, object]:
        path = self._path()
        found = json.loads(path.read_text()) if path.exists() else {}
        return found if isinstance(found, dict) else {}

    def _write(self, secrets: dict[str, object]) -> None:
        self._path().write_text(json.dumps(secrets))

    @staticmethod
    def _path() -> Path:
        return Path(os.environ["BENCH_KEYRING"])
