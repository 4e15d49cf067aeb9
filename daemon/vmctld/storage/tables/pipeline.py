"""What carries work across crashes: outbox, journal, decisions, recorded actions."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlmodel import BigInteger, Column, Field, Integer, SQLModel, Text

from vmctld.storage.columns import json_column, utc_column


class OutboxRow(SQLModel, table=True):
    """A message that was decided on with its cause; goes when its consumer acknowledged it."""

    __tablename__ = "outbox"
    __table_args__: ClassVar[dict[str, Any]] = {  # no id twice: a late settle must hit nothing else
        "sqlite_autoincrement": True
    }

    id: int | None = Field(
        default=None,
        sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    )
    address: str
    kind: str  # call or cast
    body: str = Field(sa_column=Column(Text, nullable=False))  # the envelope, in the bus's codec
    created_at: datetime = Field(sa_column=utc_column())


class JournalRow(SQLModel, table=True):
    """One action of one attempt of one saga, with the steps it traced."""

    __tablename__ = "journal"

    instance_id: str = Field(primary_key=True)
    saga: str = Field(primary_key=True)  # boot, delete
    attempt: int = Field(primary_key=True)
    action: str = Field(primary_key=True)
    position: int
    state: str  # running, done, failed, undoing, undone, stuck
    host: str | None
    started_at: datetime = Field(sa_column=utc_column())
    ended_at: datetime | None = Field(sa_column=utc_column(nullable=True))
    fault: dict[str, Any] | None = Field(sa_column=json_column(nullable=True))
    steps: list[list[Any]] = Field(sa_column=json_column())


class DecisionRow(SQLModel, table=True):
    """Why the scheduler took the host it took, or took none."""

    __tablename__ = "decisions"

    instance_id: str = Field(primary_key=True)
    attempt: int = Field(primary_key=True)
    seed: int = Field(sa_column=Column(BigInteger, nullable=False))
    host: str | None
    hosts_considered: int
    verdicts: list[list[Any]] = Field(sa_column=json_column())
    remedy: str
    created_at: datetime = Field(sa_column=utc_column())
    filters: list[str] = Field(sa_column=json_column(default="[]"))  # in the order they are asked
    weighers: list[list[Any]] = Field(sa_column=json_column(default="[]"))  # name, multiplier


class InstanceActionRow(SQLModel, table=True):
    """One thing that somebody asked for: create, delete and so on, as nova records them."""

    __tablename__ = "instance_actions"

    instance_id: str = Field(primary_key=True)
    request_id: str = Field(primary_key=True)
    action: str = Field(primary_key=True)  # a script may send two requests under one id
    user_id: str
    project_id: str
    started_at: datetime = Field(sa_column=utc_column())
    updated_at: datetime = Field(sa_column=utc_column())
    message: str | None
