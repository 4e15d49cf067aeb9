"""Keyring backends for tests: one that works, and some that count as none."""

from __future__ import annotations

from typing import ClassVar

from keyring.backend import KeyringBackend


class MemoryKeyring(KeyringBackend):
    """Keeps what it is given, as long as the process lives."""

    priority = 1  # type: ignore[assignment]
    secrets: ClassVar[dict[tuple[str, str], str]] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        from keyring.errors import PasswordDeleteError

        if self.secrets.pop((service, username), None) is None:
            raise PasswordDeleteError("not there")


class Forgetful(MemoryKeyring):
    """Takes everything and gives nothing back."""

    def get_password(self, service: str, username: str) -> str | None:
        return None


class Unwanted(MemoryKeyring):
    """Says of itself that it should not be used."""

    priority = 0  # type: ignore[assignment]


class Locked(MemoryKeyring):
    """Fails at whatever it is asked."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError("the keyring is locked")
