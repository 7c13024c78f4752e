"""Keep the questions that found nothing: how often each was asked, and between which days."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, func, insert, select, tuple_, update

from counter_map.store_schema import UNANSWERED
from counter_map.unanswered import Question, Unanswered

KEPT = 500
"""Questions of a site that are kept; the rarest that were asked longest ago go."""


def add_counts(connection: Connection, site: str, counts: Mapping[Question, int]) -> None:
    """Add what was counted, and drop what is beyond KEPT."""
    for question, count in counts.items():
        _add(connection, site, question, count)
    _drop(connection, site)


def _add(connection: Connection, site: str, question: Question, count: int) -> None:
    table, day = UNANSWERED.c, question.day
    where = (table.site == site) & (table.language == question.language) & (table.text == question.text)
    known = connection.execute(select(table.count, table.first_day, table.last_day).where(where)).first()
    if known is None:
        row = {"site": site, "language": question.language, "text": question.text}
        connection.execute(insert(UNANSWERED).values(count=count, first_day=day, last_day=day, **row))
        return
    times, first, last = known
    values = {"count": times + count, "first_day": min(first, day), "last_day": max(last, day)}
    connection.execute(update(UNANSWERED).where(where).values(values))


def _drop(connection: Connection, site: str) -> None:
    table = UNANSWERED.c
    here = table.site == site
    beyond = (connection.scalar(select(func.count()).select_from(UNANSWERED).where(here)) or 0) - KEPT
    if beyond <= 0:
        return
    rarest = select(table.language, table.text).where(here).order_by(table.count, table.last_day).limit(beyond)
    keys = [tuple(row) for row in connection.execute(rarest)]
    connection.execute(delete(UNANSWERED).where(here & tuple_(table.language, table.text).in_(keys)))


def read_counts(connection: Connection, site: str) -> list[Unanswered]:
    """Return the questions, most asked first."""
    table = UNANSWERED.c
    columns = (table.text, table.language, table.count, table.first_day, table.last_day)
    order = (table.count.desc(), table.last_day.desc(), table.text)
    return [Unanswered(*row) for row in connection.execute(select(*columns).where(table.site == site).order_by(*order))]


def clear_counts(connection: Connection, site: str) -> int:
    """Drop all questions of a site and return how many there were."""
    return connection.execute(delete(UNANSWERED).where(UNANSWERED.c.site == site)).rowcount
