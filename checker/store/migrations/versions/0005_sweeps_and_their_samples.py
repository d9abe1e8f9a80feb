"""Sweeps have a name, their parts and who signed them off; samples are drawn from them and reviewed twice."""

import sqlalchemy as sa
from alembic import op

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "sweeps",
        sa.Column("run", NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("selection", sa.JSON(), nullable=False),
        sa.Column("known_to", NUMBER, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("incidents", sa.LargeBinary(), nullable=True),
        sa.Column("children", sa.LargeBinary(), nullable=True),
        sa.Column("excluded", sa.LargeBinary(), nullable=True),
        sa.Column("signed_off_by", sa.Text(), nullable=True),
        sa.Column("signed_off_at", INSTANT, nullable=True),
        sa.Column("sign_off_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_sweeps_run_runs"),
        sa.PrimaryKeyConstraint("run", name="pk_sweeps"),
        sa.UniqueConstraint("name", name="uq_sweeps_name"),
    )
    op.create_table(
        "sweep_parts",
        sa.Column("run", NUMBER, nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.Column("findings", sa.LargeBinary(), nullable=False),
        sa.Column("measures", sa.LargeBinary(), nullable=False),
        sa.Column("passed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_sweep_parts_run_runs"),
        sa.PrimaryKeyConstraint("run", "part", name="pk_sweep_parts"),
    )
    op.create_table(
        "samples",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("run", NUMBER, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("stratified_by", sa.JSON(), nullable=False),
        sa.Column("drawn_at", INSTANT, nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_samples_run_runs"),
        sa.PrimaryKeyConstraint("id", name="pk_samples"),
    )
    op.create_table(
        "reviews",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("sample", NUMBER, nullable=False),
        sa.Column("incident_ref", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("reviewed_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["sample"], ["samples.id"], name="fk_reviews_sample_samples"),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
    )
    op.create_index("ix_reviews_sample_incident_ref", "reviews", ["sample", "incident_ref"])
