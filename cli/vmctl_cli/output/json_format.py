"""``-f json``: arrays of objects for lists, one object for one thing."""

from __future__ import annotations

import json
from typing import Any

from vmctl_cli.text import harmless_json


def render(data: Any) -> str:
    """Return ``data`` as indented JSON; no control character passes unescaped."""
    return harmless_json(json.dumps(data, indent=2, ensure_ascii=False)) + "\n"
