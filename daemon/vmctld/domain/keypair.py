"""Key pairs: the public half of what opens a guest's door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Keypair:
    """A user's public key.  ``fingerprint`` is ``SHA256:...`` as ssh-keygen prints it."""

    name: str
    user_id: str
    kind: str  # "ssh"
    public_key: str
    fingerprint: str
    created_at: datetime
