"""Where tokens are kept: the desktop's keyring, or a file of mode 0600.

Finding a keyring backend costs 150 ms, so it is done at sign-in only: the class path of the
one that worked is remembered, and later commands import exactly that.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from vmctl_cli.errors import CliError
from vmctl_cli.session import private_file

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "vmctl"
TOKEN_FILE = "token"  # noqa: S105 - a file's name
OVERRIDE = "PYTHON_KEYRING_BACKEND"
NO_KEYRINGS = {
    "keyring.backends.fail.Keyring": "none was found",
    "keyring.backends.null.Keyring": "it is switched off",
}


class Safe(Protocol):
    """Keeps tokens by account."""

    @property
    def backend(self) -> str | None:
        """Class path of the keyring backend; None: the file."""
        ...

    def get(self, account: str) -> str | None:
        """Return the token, or None."""
        ...

    def put(self, account: str, token: str) -> None:
        """Keep the token."""
        ...

    def drop(self, account: str) -> None:
        """Forget the token; an unknown one is fine."""
        ...

    def describe(self) -> str:
        """Return where this is, for the user."""
        ...

    def used_before(self) -> bool:
        """Tell whether the user was told of it before."""
        ...


class FileSafe:
    """Tokens in one file of mode 0600."""

    backend: str | None = None

    def __init__(self, config_dir: Path) -> None:
        self._path = config_dir / TOKEN_FILE

    def get(self, account: str) -> str | None:
        """Return the token, or None."""
        token = private_file.read(self._path).get(account)
        return token if isinstance(token, str) else None

    def put(self, account: str, token: str) -> None:
        """Keep the token."""
        private_file.write(self._path, private_file.read(self._path) | {account: token})

    def drop(self, account: str) -> None:
        """Forget the token; an empty file is removed."""
        tokens = private_file.read(self._path)
        if tokens.pop(account, None) is None:
            return
        if tokens:
            private_file.write(self._path, tokens)
        else:
            self._path.unlink(missing_ok=True)

    def describe(self) -> str:
        """Return the file's path."""
        return f"file {self._path}"

    def used_before(self) -> bool:
        """Tell whether the file is there."""
        return self._path.exists()


class KeyringSafe:
    """Tokens in a keyring backend."""

    def __init__(self, keyring: KeyringBackend) -> None:
        self._keyring = keyring
        self.backend: str | None = f"{type(keyring).__module__}.{type(keyring).__qualname__}"

    def get(self, account: str) -> str | None:
        """Return the token, or None."""
        try:
            return self._keyring.get_password(SERVICE, account)
        except Exception as error:
            raise self._failed("read", error) from error

    def put(self, account: str, token: str) -> None:
        """Keep the token."""
        try:
            self._keyring.set_password(SERVICE, account, token)
        except Exception as error:
            raise self._failed("keep", error) from error

    def drop(self, account: str) -> None:
        """Forget the token; an unknown one is fine."""
        from keyring.errors import PasswordDeleteError

        try:
            self._keyring.delete_password(SERVICE, account)
        except PasswordDeleteError:
            return  # it was gone already
        except Exception as error:
            raise self._failed("forget", error) from error

    def describe(self) -> str:
        """Return the backend's class path."""
        return f"keyring {self.backend}"

    def used_before(self) -> bool:
        """A keyring needs no warning."""
        return True

    def problem(self) -> str | None:
        """Return why this keyring counts as none; None when it gives back what is put in."""
        if self.backend in NO_KEYRINGS:
            return NO_KEYRINGS[self.backend]
        account, secret = "vmctl-probe", secrets.token_hex(16)
        try:
            if not type(self._keyring).priority > 0:
                return f"{self.backend} does not want to be used"
            self._keyring.set_password(SERVICE, account, secret)
            given_back = self._keyring.get_password(SERVICE, account)
            self._keyring.delete_password(SERVICE, account)
        except Exception as error:  # backends are others' plugins and raise what they like
            return f"{self.backend}: {error or type(error).__name__}"
        if given_back == secret:
            return None
        return f"{self.backend} does not give back what was put into it"

    def _failed(self, verb: str, error: Exception) -> CliError:
        return CliError(
            f"the keyring could not {verb} the token: {error or type(error).__name__}",
            class_name="Unauthenticated",
            code="keyring-failed",
            hint=f"unlock it, or choose another with {OVERRIDE}",
            facts={"backend": self.backend},
        )


def choose_safe(config_dir: Path) -> tuple[Safe, str]:
    """Return where tokens go from now on, and why it is the file if it is."""
    try:
        safe = KeyringSafe(_load(os.environ[OVERRIDE]) if OVERRIDE in os.environ else _detect())
    except Exception as error:  # backends are others' plugins and raise what they like
        return FileSafe(config_dir), str(error) or type(error).__name__
    problem = safe.problem()
    return (safe, "") if problem is None else (FileSafe(config_dir), problem)


def remembered_safe(backend: str | None, config_dir: Path) -> Safe:
    """Return where the last sign-in put its token, without looking for anything better."""
    if backend is None:
        return FileSafe(config_dir)
    name = os.environ.get(OVERRIDE) or backend
    try:
        return KeyringSafe(_load(name))
    except Exception as error:  # backends are others' plugins and raise what they like
        raise CliError(
            f"the keyring {name} is not usable any more: {error or type(error).__name__}",
            class_name="Unauthenticated",
            code="keyring-failed",
            hint="sign in again with: vmctl login",
        ) from error


def _load(name: str) -> KeyringBackend:
    from importlib import import_module

    module, _, class_name = name.rpartition(".")
    backend: KeyringBackend = getattr(import_module(module), class_name)()
    return backend


def _detect() -> KeyringBackend:
    """Return what the keyring library would use; of a chain the link that it tries first."""
    import keyring

    found = keyring.get_keyring()
    chain = getattr(found, "backends", None)
    return chain[0] if chain else found
