"""The tables of the store. The newest migration in `migrations/versions` makes exactly these."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)  # fmt: skip

HEAD = "0003"
"""The newest migration."""

METADATA = MetaData()
SITE, KEY, SHORT = String(64), String(128), String(32)


def _site() -> Column[Any]:
    return Column("site", SITE, ForeignKey("sites.name", ondelete="CASCADE"), primary_key=True)


def _needed(name: str, kind: Any) -> Column[Any]:
    return Column(name, kind, nullable=False)


SITES = Table("sites", METADATA, Column("name", SITE, primary_key=True), _needed("revision", String(64)))
"""Each site and the revision in force."""

REVISIONS = Table(
    "revisions",
    METADATA,
    _site(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _needed("digest", String(64)),
    _needed("made_at", DateTime(timezone=True)),
    _needed("kind", String(16)),
    _needed("what", Text),
    Column("author", SITE, nullable=False, server_default=""),
)
"""What was changed when and by whom; kind is import or edit."""

FILES = Table("files", METADATA, _site(), Column("name", KEY, primary_key=True), _needed("content", LargeBinary))
"""What is kept as it came: `site.yaml`, the map files, their images."""

PLACES = Table(
    "places",
    METADATA,
    _site(),
    Column("id", KEY, primary_key=True),
    _needed("position", Integer),
    _needed("kind", SHORT),
    _needed("floor", SHORT),
    _needed("zone", KEY),
    _needed("x", Float),
    _needed("y", Float),
    _needed("yaw", Float),
    _needed("names", JSON),
    _needed("number", SHORT),
    _needed("department", Text),
    _needed("open", Boolean),
    _needed("redirect_to", KEY),
    _needed("priority", Boolean),
    _needed("staff", JSON),
)

ZONES = Table(
    "zones",
    METADATA,
    _site(),
    Column("floor", SHORT, primary_key=True),
    Column("id", KEY, primary_key=True),
    _needed("position", Integer),
    _needed("kind", SHORT),
    _needed("polygon", JSON),
    _needed("names", JSON),
    Column("max_speed", Float),
    Column("height", Float),
    Column("direction", Float),
)

PROCEDURES = Table(
    "procedures",
    METADATA,
    _site(),
    Column("code", KEY, primary_key=True),
    _needed("position", Integer),
    _needed("catalogued", Boolean),
    _needed("names", JSON),
    _needed("department", Text),
    _needed("field", Text),
    _needed("phrases", JSON),
    _needed("papers", JSON),
    _needed("fee", JSON),
    _needed("ticket_first", Boolean),
    _needed("status", String(16)),
    _needed("notice", JSON),
    _needed("source", Text),
)

PROCEDURE_COUNTERS = Table(
    "procedure_counters",
    METADATA,
    Column("site", SITE, primary_key=True),
    Column("code", KEY, primary_key=True),
    Column("counter", KEY, primary_key=True),
    _needed("position", Integer),
    ForeignKeyConstraint(["site", "code"], ["procedures.site", "procedures.code"], ondelete="CASCADE"),
    ForeignKeyConstraint(["site", "counter"], ["places.site", "places.id"]),
)
"""Where each procedure is taken, in the order in which counters are named to visitors."""

UNANSWERED = Table(
    "unanswered",
    METADATA,
    _site(),
    Column("language", SHORT, primary_key=True),
    Column("text", KEY, primary_key=True),
    _needed("count", Integer),
    _needed("first_day", Date),
    _needed("last_day", Date),
)
"""Masked questions that found nothing, how often and between which days; no part of a revision."""
