"""What was chosen beside an upload that waits, and what it asks before it is kept."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

WORDS = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds the choice, the institution of the file and the questions; uploads that wait go on waiting without."""
    with op.batch_alter_table("waiting_uploads") as batch:
        for name in ("chosen", "institution", "asks"):
            batch.add_column(sa.Column(name, WORDS))
