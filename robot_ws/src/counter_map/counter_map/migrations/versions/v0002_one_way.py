"""Keep the direction of one-way zones."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column."""
    op.add_column("zones", sa.Column("direction", sa.Float))
