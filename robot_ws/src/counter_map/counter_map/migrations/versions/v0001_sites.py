"""Make the tables: sites, revisions, files, places, zones, procedures and their counters."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SITE = sa.String(64)
KEY = sa.String(128)


def _site() -> sa.Column[str]:
    return sa.Column("site", SITE, sa.ForeignKey("sites.name", ondelete="CASCADE"), primary_key=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "sites",
        sa.Column("name", SITE, primary_key=True),
        sa.Column("revision", sa.String(64), nullable=False),
    )
    op.create_table(
        "revisions",
        _site(),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("what", sa.Text, nullable=False),
    )
    op.create_table(
        "files",
        _site(),
        sa.Column("name", KEY, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "places",
        _site(),
        sa.Column("id", KEY, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("floor", sa.String(32), nullable=False),
        sa.Column("zone", KEY, nullable=False),
        sa.Column("x", sa.Float, nullable=False),
        sa.Column("y", sa.Float, nullable=False),
        sa.Column("yaw", sa.Float, nullable=False),
        sa.Column("names", sa.JSON, nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("department", sa.Text, nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("redirect_to", KEY, nullable=False),
        sa.Column("priority", sa.Boolean, nullable=False),
        sa.Column("staff", sa.JSON, nullable=False),
    )
    op.create_table(
        "zones",
        _site(),
        sa.Column("floor", sa.String(32), primary_key=True),
        sa.Column("id", KEY, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("polygon", sa.JSON, nullable=False),
        sa.Column("names", sa.JSON, nullable=False),
        sa.Column("max_speed", sa.Float),
        sa.Column("height", sa.Float),
    )
    op.create_table(
        "procedures",
        _site(),
        sa.Column("code", KEY, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("catalogued", sa.Boolean, nullable=False),
        sa.Column("names", sa.JSON, nullable=False),
        sa.Column("department", sa.Text, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("phrases", sa.JSON, nullable=False),
        sa.Column("papers", sa.JSON, nullable=False),
        sa.Column("fee", sa.JSON, nullable=False),
        sa.Column("ticket_first", sa.Boolean, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("notice", sa.JSON, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
    )
    op.create_table(
        "procedure_counters",
        sa.Column("site", SITE, primary_key=True),
        sa.Column("code", KEY, primary_key=True),
        sa.Column("counter", KEY, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["site", "code"], ["procedures.site", "procedures.code"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["site", "counter"], ["places.site", "places.id"]),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("procedure_counters", "procedures", "zones", "places", "files", "revisions", "sites"):
        op.drop_table(table)
