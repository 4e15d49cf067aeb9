"""Tokens as text."""

from __future__ import annotations

import pytest

from vmctld.domain.identity import TokenKind
from vmctld.identity.token_text import draw_token, token_id_of


@pytest.mark.parametrize(
    ("kind", "prefix"),
    [(TokenKind.USER, "vmt_"), (TokenKind.BUILD, "vmb_"), (TokenKind.SERVICE, "vms_")],
)
def test_a_token_tells_its_kind_and_holds_256_random_bits(kind: TokenKind, prefix: str) -> None:
    token = draw_token(kind)

    assert token.startswith(prefix)
    assert len(token) == len(prefix) + 43  # base64 of 32 bytes, unpadded
    assert draw_token(kind) != token


def test_a_token_is_named_by_its_sha256() -> None:
    assert token_id_of("abc").startswith("ba7816bf8f01cfea")
    assert len(token_id_of("abc")) == 64
