from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from cryptography import x509

from vmctld.app.authority import make_credentials
from vmctld.app.credentials import read_credentials
from vmctld.errors import InvalidRequest
from vmctld.identity.signed_tokens import Authority


def test_each_part_gets_a_folder_that_identity_and_its_peers_know_it_by(tmp_path: Path) -> None:
    folders = make_credentials(tmp_path, ["api", "agent.web-1"])

    assert [folder.name for folder in folders] == ["api", "agent.web-1"]
    held = read_credentials(folders[1])
    signed = Authority(held.ca_file).read(held.token)
    assert signed is not None
    assert (held.name, signed.name) == ("agent.web-1", "agent.web-1")
    names = x509.load_pem_x509_certificate(held.certificate).extensions
    names = names.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["agent.web-1.vmctl"]


def test_certificates_are_usable_and_of_one_authority(tmp_path: Path) -> None:
    folder, *_ = make_credentials(tmp_path, ["api"])
    held = read_credentials(folder)

    context = ssl.create_default_context(cafile=str(held.ca_file))
    context.load_cert_chain(held.files.cert, held.files.key)

    assert held.ca == (tmp_path / "authority.crt").read_bytes()


def test_only_their_owner_reads_them(tmp_path: Path) -> None:
    make_credentials(tmp_path / "new", ["api"])

    paths = [tmp_path / "new", *(tmp_path / "new").rglob("*")]
    assert {p.stat().st_mode & 0o777 for p in paths if p.is_dir()} == {0o700}
    assert {p.stat().st_mode & 0o777 for p in paths if p.is_file()} == {0o600}


def test_a_later_part_is_of_the_same_authority_and_an_earlier_one_is_renewed(
    tmp_path: Path,
) -> None:
    (api,) = make_credentials(tmp_path, ["api"])
    before = read_credentials(api)

    make_credentials(tmp_path, ["api", "conductor"])

    after, later = read_credentials(api), read_credentials(tmp_path / "conductor")
    assert before.ca == after.ca == later.ca
    assert before.certificate != after.certificate


@pytest.mark.parametrize("name", ["web", "agent.", "agent./etc", "../api", "scheduler", ""])
def test_a_name_of_no_part_is_refused_and_makes_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        make_credentials(tmp_path / "new", ["api", name])

    assert refused.value.code == "invalid-credentials-name"
    assert not (tmp_path / "new").exists()


def test_a_directory_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "authority.key").write_text("no key")

    with pytest.raises(InvalidRequest, match="cannot be used"):
        make_credentials(tmp_path, ["api"])
