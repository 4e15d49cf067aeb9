"""What operators look after: messages that nobody could handle, and what was done once."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Column, Field, SQLModel, Text

from vmctld.storage.columns import utc_column


class DeadLetterRow(SQLModel, table=True):
    """A message that was given up; goes when it is sent again, or forgotten."""

    __tablename__ = "dead_letters"

    id: str = Field(primary_key=True)  # follows from the message: told twice, it is kept once
    died_at: datetime = Field(sa_column=utc_column(index=True))
    address: str
    message: str  # the message's class
    instance_id: str | None
    request_id: str
    code: str
    reason: str = Field(sa_column=Column(Text, nullable=False))
    body: str | None = Field(sa_column=Column(Text, nullable=True))  # None: it was none of ours


class MilestoneRow(SQLModel, table=True):
    """Something that an installation does once in its life, such as making its first network."""

    __tablename__ = "milestones"

    name: str = Field(primary_key=True)
    reached_at: datetime = Field(sa_column=utc_column())
