"""What is written on an instance anew when it is rebuilt: in the transaction that accepts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from vmctld.compute.api.validation import check_metadata, checked_description, checked_hostname
from vmctld.domain.instance import Instance
from vmctld.domain.names import check_name
from vmctld.storage.database import Tx
from vmctld.storage.repositories import instance_details


@dataclass(frozen=True, slots=True)
class Words:
    """New words; None leaves what is there, as empty metadata does."""

    name: str | None = None
    description: str | None = None  # an empty one takes it away
    hostname: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)  # replaces all that is there


NO_WORDS = Words()


def checked_words(words: Words) -> Words:
    """Return the words as they are kept.  Raises InvalidRequest."""
    check_metadata(words.metadata)
    if words.hostname is not None:
        checked_hostname(words.hostname)
    return replace(
        words,
        name=None if words.name is None else check_name(words.name, "server"),
        description=None if words.description is None else checked_description(words.description),
    )


def reword(tx: Tx, instance: Instance, words: Words, now: datetime) -> None:
    """Write the words on the instance, if there are any."""
    if words == NO_WORDS:
        return
    described = instance.description if words.description is None else words.description
    changed = replace(
        instance,
        name=words.name or instance.name,
        description=described or None,
        hostname=words.hostname or instance.hostname,
        metadata=words.metadata or instance.metadata,
    )
    instance_details.write(tx, changed, now)
