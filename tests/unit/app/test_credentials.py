from __future__ import annotations

from pathlib import Path

import pytest

from vmctld.app.authority import make_credentials
from vmctld.app.credentials import check_is_of_host, read_credentials
from vmctld.errors import InvalidRequest


@pytest.mark.parametrize("missing", ["ca.crt", "tls.crt", "tls.key", "token"])
def test_a_folder_that_lacks_a_file_is_refused(tmp_path: Path, missing: str) -> None:
    (folder,) = make_credentials(tmp_path, ["api"])
    (folder / missing).unlink()

    with pytest.raises(InvalidRequest) as refused:
        read_credentials(folder)

    assert missing in refused.value.message
    assert "vmctld credentials" in refused.value.hint


def test_a_compute_host_with_anothers_credentials_is_refused(tmp_path: Path) -> None:
    (folder,) = make_credentials(tmp_path, ["agent.web-1.example"])
    held = read_credentials(folder)

    check_is_of_host(held, "web-1.example")
    with pytest.raises(InvalidRequest) as refused:
        check_is_of_host(held, "web-2")

    assert "agent.web-2" in refused.value.hint


def test_what_is_secret_is_in_no_text_of_them(tmp_path: Path) -> None:
    (folder,) = make_credentials(tmp_path, ["api"])
    held = read_credentials(folder)

    assert held.token not in repr(held)
    assert "PRIVATE" not in repr(held)
