from __future__ import annotations

import posixpath
import re
import zipfile
from pathlib import Path

import pytest

import vmctld.web
from vmctld.web.files import LIBRARIES, OWN, PAGES, WebFiles

FOLDER = Path(vmctld.web.__path__[0])
IMPORTED = re.compile(r"""^(?:import|export)\b[^;'"]*?\bfrom\s*["']([^"']+)["']""", re.MULTILINE)
LINKED = re.compile(r"""(?:src|href)="([^"]+)\"""")


@pytest.fixture(scope="module")
def files() -> WebFiles:
    return WebFiles()


def _needed_by(files: WebFiles, path: str) -> set[str]:
    """Return the paths of all that the file at ``path`` has a browser fetch."""
    file = files.find(path)
    assert file is not None, f"{path} is not served"
    text = file.body.decode()
    links = LINKED.findall(text) if file.is_page else IMPORTED.findall(text)
    return {posixpath.normpath(posixpath.join(posixpath.dirname(path), link)) for link in links}


@pytest.mark.parametrize("page", PAGES)
def test_all_that_a_page_needs_is_served(files: WebFiles, page: str) -> None:
    seen: set[str] = set()
    wanted = {page}
    while wanted - seen:
        path = (wanted - seen).pop()
        seen.add(path)
        wanted |= {found for found in _needed_by(files, path) if not found.endswith("data:,")}

    assert len(seen) > 5


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_no_script_or_style_of_its_own(files: WebFiles, page: str) -> None:
    file = files.find(page)

    assert file is not None
    assert file.is_page
    assert not re.search(rb"<script>|<style|\son\w+=|\sstyle=", file.body)


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/nothing", "/page/../door.py", "/page/vnc.html", "/vnc.js", "/novnc", "/novnc/"),
        *("/novnc/package.json", "/novnc/LICENSE.txt", "/novnc/../../door.py", "//vnc"),
        *("/xterm/lib/xterm.mjs.map", "page/vnc.js"),
    ],
)
def test_nothing_else_is(files: WebFiles, path: str) -> None:
    assert files.find(path) is None


def test_every_file_of_our_own_is_there(files: WebFiles) -> None:
    there = {path.name for path in (FOLDER / "pages").iterdir()}

    assert there == {*OWN, *PAGES.values()}
    assert all(files.find(f"/page/{name}") for name in OWN)


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_library_comes_with_its_licence_and_its_version(library: str) -> None:
    notes = (FOLDER / "libraries" / "README.md").read_text()

    with zipfile.ZipFile(FOLDER / "libraries" / f"{library}.zip") as archive:
        names = archive.namelist()
        version = re.search(rb'"version": "([^"]+)"', archive.read("package.json"))

    assert [name for name in names if name.startswith("LICENSE")]
    assert not [name for name in names if name.endswith((".map", ".ts"))]
    assert version is not None
    assert f" {version[1].decode()}" in notes
