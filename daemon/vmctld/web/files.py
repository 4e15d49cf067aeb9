"""What browsers may fetch: our pages, and the two libraries out of their archives."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePosixPath

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
PAGES = {"/vnc": "vnc.html", "/serial": "serial.html"}
OWN = ("vnc.js", "serial.js", "status.js", "page.css")
LIBRARIES = ("novnc", "xterm")  # made by scripts/web-libraries


@dataclass(frozen=True, slots=True)
class WebFile:
    """One file as it is sent."""

    content_type: str
    body: bytes
    is_page: bool  # a page is always fetched anew; it may carry a secret in its URL


class WebFiles:
    """Finds files by the path of a request.  All that can be had is listed: no path is walked."""

    def __init__(self) -> None:
        here = files("vmctld.web")
        self._pages = here / "pages"
        self._archives = here / "libraries"
        self._in_archives = {
            f"/{library}/{name}": (library, name)
            for library in LIBRARIES
            for name in self._names(library)
            if PurePosixPath(name).suffix in TYPES
        }

    def find(self, path: str) -> WebFile | None:
        """Return the file at ``path``, None when there is none."""
        if path in PAGES:
            return self._own(PAGES[path], is_page=True)
        if path.removeprefix("/page/") in OWN and path.startswith("/page/"):
            return self._own(path.removeprefix("/page/"), is_page=False)
        if path in self._in_archives:
            library, name = self._in_archives[path]
            with self._open(library) as archive:
                return WebFile(_type_of(name), archive.read(name), is_page=False)
        return None

    def _own(self, name: str, *, is_page: bool) -> WebFile:
        return WebFile(_type_of(name), (self._pages / name).read_bytes(), is_page)

    def _names(self, library: str) -> list[str]:
        with self._open(library) as archive:
            return archive.namelist()

    @contextmanager
    def _open(self, library: str) -> Iterator[zipfile.ZipFile]:
        with (
            (self._archives / f"{library}.zip").open("rb") as file,
            zipfile.ZipFile(file) as archive,
        ):
            yield archive


def _type_of(name: str) -> str:
    return TYPES[PurePosixPath(name).suffix]
