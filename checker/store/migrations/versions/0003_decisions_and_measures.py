"""Decisions know in which list they were made and who knew of them; what a run measured."""

import sqlalchemy as sa
from alembic import op

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step. No release before this one has written a decision, so its table is made anew."""
    op.add_column("runs", sa.Column("areas", sa.JSON(), nullable=True))
    op.drop_index("ix_dispositions_finding_id", "dispositions")
    op.drop_table("dispositions")
    op.create_table(
        "dispositions",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("finding_id", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("run", NUMBER, nullable=False),
        sa.Column("known_to", NUMBER, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_dispositions_run"),
        sa.PrimaryKeyConstraint("id", name="pk_dispositions"),
    )
    op.create_index("ix_dispositions_finding_id", "dispositions", ["finding_id"])
    op.create_table(
        "confirmations",
        sa.Column("disposition", NUMBER, nullable=False),
        sa.Column("sequence", NUMBER, nullable=False),
        sa.Column("is_submitted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["disposition"], ["dispositions.id"], name="fk_confirmations_disposition"),
        sa.PrimaryKeyConstraint("disposition", "sequence", name="pk_confirmations"),
    )
    op.create_table(
        "returns",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("read_at", INSTANT, nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("problems", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_returns"),
    )
    op.create_table(
        "measures",
        sa.Column("run", NUMBER, nullable=False),
        sa.Column("first_reported", INSTANT, nullable=True),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_measures_run"),
        sa.PrimaryKeyConstraint("run", name="pk_measures"),
    )
