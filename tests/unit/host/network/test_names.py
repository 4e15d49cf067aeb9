from __future__ import annotations

from pathlib import Path

from vmctld.host.network.names import namespace_of, owner_of, tap_of

ID = "0123abcd-4567-89ab-cdef-0123456789ab"


def test_names_are_made_from_ids_and_fit_into_a_card_s_name(tmp_path: Path) -> None:
    assert tap_of(ID) == "tap0123abcd4567"
    assert len(tap_of(ID)) == 15


def test_two_daemons_of_one_host_name_their_namespaces_differently(tmp_path: Path) -> None:
    first, second = owner_of(tmp_path / "a"), owner_of(tmp_path / "b")

    assert namespace_of(first, ID) != namespace_of(second, ID)
    assert owner_of(tmp_path / "x" / ".." / "a") == first
