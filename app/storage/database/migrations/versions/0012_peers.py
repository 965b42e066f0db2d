"""Whether institutions of a round see each other by name, or as quantiles of at least five."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

WORDS = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds the column; rounds that are there go on by name, as they were opened."""
    with op.batch_alter_table("rounds") as batch:
        batch.add_column(sa.Column("peers", WORDS, nullable=False, server_default="named"))
