"""the agent keeps answers in its notebook; nothing was ever written into this table."""

import sqlalchemy as sa
from alembic import op

revision = "5c1f0a9be2d7"
down_revision = "30ba0bb1057d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the table with its index."""
    op.drop_table("answers")


def downgrade() -> None:
    """Give the empty table back."""
    op.create_table(
        "answers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("community_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("up", sa.Boolean(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_answers_community_id_communities")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_answers_member_id_members")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
    )
    op.create_index(op.f("ix_answers_community_id"), "answers", ["community_id"])
