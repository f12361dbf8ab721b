"""a comparison knows who asked, so that its words go when they go."""

import sqlalchemy as sa
from alembic import op

revision = "8d27e41c6f0b"
down_revision = "5c1f0a9be2d7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the asker; words that nobody can call back any more are taken out, the picks stay."""
    op.add_column("comparisons", sa.Column("asker_id", sa.String(), nullable=True))
    op.execute("UPDATE comparisons SET question = '', first_answer = '', second_answer = ''")


def downgrade() -> None:
    """Take the asker away."""
    op.drop_column("comparisons", "asker_id")
