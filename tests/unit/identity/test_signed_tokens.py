from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.support.certificates import a_certificate
from tests.support.clock import FakeClock
from vmctld.domain.clock import utc_now
from vmctld.domain.identity import TokenKind
from vmctld.errors import InvalidRequest, Unauthenticated
from vmctld.identity.service_tokens import ServiceTokens
from vmctld.identity.signed_tokens import Authority, SignedName, sign_token
from vmctld.identity.token_text import token_id_of

END = utc_now().replace(microsecond=0) + timedelta(days=1)


@pytest.fixture
def key(tmp_path: Path) -> ec.EllipticCurvePrivateKey:
    _, path = a_certificate(tmp_path, "authority")
    key = load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


@pytest.fixture
def authority(tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> Authority:
    return Authority(tmp_path / "authority.crt")


def test_a_part_elsewhere_is_known_by_what_the_authority_signed(
    authority: Authority, key: ec.EllipticCurvePrivateKey
) -> None:
    token = sign_token(key, "agent.web-1", END)

    assert token.startswith("vms_")
    assert authority.read(token) == SignedName("agent.web-1", END)


def test_what_another_key_signed_is_nobodys(authority: Authority) -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())

    assert authority.read(sign_token(stranger, "conductor", END)) is None


def test_a_token_that_was_changed_is_nobodys(
    authority: Authority, key: ec.EllipticCurvePrivateKey
) -> None:
    token = sign_token(key, "conductor", END)

    for position in range(4, len(token), 7):
        changed = "A" if token[position] != "A" else "B"
        assert authority.read(token[:position] + changed + token[position + 1 :]) is None


@pytest.mark.parametrize("token", ["vms_", "vms_?", "vms_AAAA", "vmt_x", "vms_" + "A" * 5000])
def test_what_is_no_token_at_all_is_nobodys(authority: Authority, token: str) -> None:
    assert authority.read(token) is None


def test_a_file_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("nothing")

    with pytest.raises(InvalidRequest, match="no certificate"):
        Authority(tmp_path / "ca.crt")


def test_a_signed_part_is_a_service_until_its_credentials_end(
    authority: Authority, key: ec.EllipticCurvePrivateKey, clock: FakeClock
) -> None:
    services = ServiceTokens(clock, authority)
    lasting = sign_token(key, "agent.web-1", clock() + timedelta(days=1))
    ended = sign_token(key, "agent.web-1", clock() - timedelta(days=1))

    caller = services.find(lasting, token_id_of(lasting))

    assert caller is not None
    assert (caller.kind, caller.user_name, caller.is_agent) == (
        TokenKind.SERVICE,
        "agent.web-1",
        True,
    )
    with pytest.raises(Unauthenticated, match="ended"):
        services.find(ended, token_id_of(ended))
