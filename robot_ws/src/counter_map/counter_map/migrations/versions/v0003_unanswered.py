"""Keep who made a change, and count the questions that found nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("revisions", sa.Column("author", sa.String(64), nullable=False, server_default=""))
    op.create_table(
        "unanswered",
        sa.Column("site", sa.String(64), sa.ForeignKey("sites.name", ondelete="CASCADE"), primary_key=True),
        sa.Column("language", sa.String(32), primary_key=True),
        sa.Column("text", sa.String(128), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
    )
