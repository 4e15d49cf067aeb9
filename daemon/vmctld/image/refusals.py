"""The ways in which an image's bytes are refused, each with its code and what to do."""

from __future__ import annotations

from vmctld.errors import Exhausted, Fact, InvalidRequest

CONVERT = "make a plain one: qemu-img convert -O qcow2 YOUR-FILE NEW-FILE"


def refused(code: str, problem: str, hint: str = CONVERT, **facts: Fact) -> InvalidRequest:
    """Return the error for an image that ``problem`` speaks against."""
    return InvalidRequest(f"the image {problem}", code=f"image-{code}", hint=hint, facts=facts)


def cut_off(what: str, end_bytes: int, size_bytes: int) -> InvalidRequest:
    """Return the error for an image whose ``what`` lies beyond the end of its file."""
    return refused(
        "cut-off",
        f"is cut off: its {what} would end at byte {end_bytes}, the file has {size_bytes}",
        "copy or download the file again",
        end_bytes=end_bytes,
        size_bytes=size_bytes,
    )


def too_large(size_bytes: int, limit_bytes: int) -> Exhausted:
    """Return the error for a disk that is larger than this store takes."""
    return Exhausted(
        f"the image's disk has {size_bytes} bytes, this store takes {limit_bytes} at most",
        code="image-too-large",
        hint="shrink the disk, or ask the operator for a higher limit",
        facts={"virtual_size_bytes": size_bytes, "limit_bytes": limit_bytes},
    )
