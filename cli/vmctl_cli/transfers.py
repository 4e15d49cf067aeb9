"""Bytes on their way: from a file or stdin to the daemon, from the daemon to a file or stdout."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from vmctl_cli.errors import CliError, invalid
from vmctl_cli.progress_bar import ProgressBar
from vmctl_cli.streams import cannot_write

if TYPE_CHECKING:
    from vmctl_cli.client.images import Piece

CHUNK_BYTES = 512 * 1024  # as fast as larger ones, in half the memory of the daemon


@contextmanager
def open_source(file: str | None) -> Iterator[tuple[IO[bytes], int | None]]:
    """Give what to send, and its size where that is known beforehand."""
    if file is None:
        if sys.stdin is None or sys.stdin.isatty():
            raise invalid("there is no image", hint="give --file FILE, or pipe it in")
        yield sys.stdin.buffer, None
        return
    try:
        stream = Path(file).expanduser().open("rb", buffering=0)
    except OSError as error:
        raise invalid(f"Can't open '{file}': {error}", code="unreadable-file") from error
    with stream:
        status = os.fstat(stream.fileno())
        yield stream, status.st_size if stat.S_ISREG(status.st_mode) else None


def chunks_of(stream: IO[bytes], size_bytes: int | None) -> Iterator[bytes]:
    """Yield all of ``stream`` in chunks of a good size, showing how far it is."""
    with ProgressBar("uploading", size_bytes) as bar:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk
            bar.advance(len(chunk))


def receive(pieces: Iterable[Piece], file: str | None) -> None:
    """Write a download and check its hash; a file appears whole and right, or not at all."""
    if file is None:
        if sys.stdout is None or sys.stdout.isatty():
            raise invalid("an image makes no sense on a terminal", hint="give --file FILE")
        _write_checked(pieces, sys.stdout.buffer)
        return
    target = Path(file).expanduser()
    fresh = target.with_name(f".{target.name}.{os.getpid()}.part")
    with ExitStack() as undo:
        try:
            stream = fresh.open("xb")
        except OSError as error:
            raise invalid(f"cannot write to {target.parent}: {error.strerror}") from error
        undo.callback(fresh.unlink, missing_ok=True)
        with stream:
            _write_checked(pieces, stream)
        fresh.replace(target)
        undo.pop_all()


def _write_checked(pieces: Iterable[Piece], stream: IO[bytes]) -> None:
    """Copy the pieces; raises CliError (corrupted) when they are not what they should be."""
    digest = hashlib.sha256()
    expected, received = "", 0
    with ProgressBar("downloading", None) as bar:
        for piece in pieces:
            bar.total_bytes = bar.total_bytes or piece.size_bytes
            expected = expected or piece.sha256
            digest.update(piece.data)
            _write(stream, piece.data)
            received += len(piece.data)
            bar.advance(len(piece.data))
    if digest.hexdigest() != expected:
        raise CliError(
            f"the image is damaged: {received} bytes came, their SHA-256 is "
            f"{digest.hexdigest()} and not {expected or 'known'}",
            class_name="Corrupted",
            code="corrupted",
            hint="try again; if it stays so, vmctl audit --deep looks at the store",
        )


def _write(stream: IO[bytes], data: bytes) -> None:
    try:
        stream.write(data)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise cannot_write(error) from error
