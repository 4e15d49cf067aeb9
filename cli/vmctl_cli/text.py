"""Text from elsewhere, made harmless: a server's name must not be able to drive a terminal."""

from __future__ import annotations

# C0 and C1 controls, DEL, and what turns the direction of writing or breaks lines
_DANGEROUS = (
    *range(0x20),
    *range(0x7F, 0xA0),
    *(0x061C, 0x200E, 0x200F, 0x2028, 0x2029),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
    0xFEFF,
)


def _escape(codepoint: int) -> str:
    return f"\\x{codepoint:02x}" if codepoint < 0x100 else f"\\u{codepoint:04x}"


_SHOWN = {codepoint: _escape(codepoint) for codepoint in _DANGEROUS}
_SHOWN |= {ord("\t"): "\\t", ord("\n"): "\\n", ord("\r"): "\\r"}
_SHOWN_IN_JSON = {codepoint: f"\\u{codepoint:04x}" for codepoint in _DANGEROUS if codepoint >= 0x7F}


def harmless(text: str, *, keep: str = "") -> str:
    """Return ``text`` with every control character but those in ``keep`` spelt out."""
    if text.isprintable():  # knows all of them, and is 20 times faster than translating
        return text
    if not keep:
        return text.translate(_SHOWN)
    kept = {ord(character) for character in keep}
    return text.translate({code: shown for code, shown in _SHOWN.items() if code not in kept})


def harmless_json(text: str) -> str:
    """Return JSON text with the control characters that ``json`` leaves alone spelt out."""
    return text if text.isascii() and "\x7f" not in text else text.translate(_SHOWN_IN_JSON)


def is_harmless(text: str) -> bool:
    """Tell whether ``text`` has no control characters but line ends."""
    return not any(ord(character) in _SHOWN and character != "\n" for character in text)


def width(text: str) -> int:
    """Return how many columns of a terminal ``text`` takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(
        0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1
        for character in text
    )
