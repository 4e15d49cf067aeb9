"""Long lists in parts: a page begins after the row that its marker names, wherever that is now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, tuple_

from vmctld.domain.names import shown
from vmctld.domain.paging import Page
from vmctld.errors import InvalidRequest
from vmctld.storage.database import Tx


def page_of(
    tx: Tx, query: Select[Any], order: Sequence[ColumnElement[Any]], page: Page
) -> Sequence[Row[Any]]:
    """Return the rows of ``query`` that ``page`` asks for, sorted by ``order``.

    ``order`` ends with the id, which makes it total and is what a marker names.
    Raises InvalidRequest (``marker-not-found``).
    """
    if page.marker is not None:
        # Among those of the query alone: what others have must not even be seen to exist
        mark = tx.execute(query.with_only_columns(*order).where(order[-1] == page.marker)).first()
        if mark is None:
            raise InvalidRequest(
                f"the list has nothing with the id {shown(page.marker)} to go on from",
                code="marker-not-found",
                hint="it was deleted meanwhile; begin at the first page again",
            )
        query = query.where(tuple_(*order) > tuple_(*mark))
    return tx.execute(query.order_by(*order).limit(page.limit)).all()
