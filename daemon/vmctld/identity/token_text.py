"""Tokens as text: how they are drawn, told apart and named without being shown."""

from __future__ import annotations

import hashlib
import secrets

from vmctld.domain.identity import TokenKind

PREFIXES = {TokenKind.USER: "vmt_", TokenKind.BUILD: "vmb_", TokenKind.SERVICE: "vms_"}
RANDOM_BYTES = 32  # 256 bits: nothing to guess, so a plain hash is enough to store


def draw_token(kind: TokenKind) -> str:
    """Return a fresh token; its prefix tells people and secret scanners what it is."""
    return PREFIXES[kind] + secrets.token_urlsafe(RANDOM_BYTES)


def token_id_of(token: str) -> str:
    """Return what a token is stored and named by: its SHA-256 in hexadecimal."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()
