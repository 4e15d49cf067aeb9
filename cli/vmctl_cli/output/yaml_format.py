"""``-f yaml``: the same data as ``-f json``."""

from __future__ import annotations

from typing import Any

import yaml

from vmctl_cli.text import is_harmless


def render(data: Any) -> str:
    """Return ``data`` as YAML; no control character passes unescaped."""
    text: str = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
    return text if is_harmless(text) else yaml.safe_dump(data, sort_keys=False)
