"""Runs know what their extract covers, the daily search returned and the hub received; what was before is kept."""

import sqlalchemy as sa
from alembic import op

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.add_column("runs", sa.Column("covers_from", INSTANT, nullable=True))
    op.add_column("runs", sa.Column("covers_to", INSTANT, nullable=True))
    op.add_column("runs", sa.Column("daily_search", sa.JSON(), nullable=True))
    op.add_column("runs", sa.Column("hub", sa.JSON(), nullable=True))
    op.add_column("runs", sa.Column("school_calendar", sa.Text(), nullable=True))
    op.create_table(
        "past_incidents",
        sa.Column("sequence", NUMBER, nullable=False),
        sa.Column("incident_ref", sa.Text(), nullable=False),
        sa.Column("reported_at", INSTANT, nullable=False),
        sa.Column("is_subject", sa.Boolean(), nullable=False),
        sa.Column("duplicate_of", sa.Text(), nullable=True),
        sa.Column("domestic_abuse", sa.Boolean(), nullable=True),
        sa.Column("has_risk_form", sa.Boolean(), nullable=False),
        sa.Column("closure_codes", sa.JSON(), nullable=True),
        sa.Column("incident_type", sa.Text(), nullable=True),
        sa.Column("concern_types", sa.JSON(), nullable=True),
        sa.Column("victim_ref", sa.Text(), nullable=True),
        sa.Column("suspect_ref", sa.Text(), nullable=True),
        sa.Column("location_ref", sa.Text(), nullable=True),
        sa.Column("child_refs", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", "incident_ref", name="pk_past_incidents"),
    )
    op.create_index("ix_past_incidents_incident_ref_sequence", "past_incidents", ["incident_ref", "sequence"])
    op.create_index("ix_past_incidents_reported_at", "past_incidents", ["reported_at"])
    op.create_table(
        "past_episodes",
        sa.Column("sequence", NUMBER, nullable=False),
        sa.Column("episode_ref", sa.Text(), nullable=False),
        sa.Column("child_ref", sa.Text(), nullable=False),
        sa.Column("reported_at", INSTANT, nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("coordinator_allocated_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("sequence", "episode_ref", name="pk_past_episodes"),
    )
    op.create_index("ix_past_episodes_episode_ref_sequence", "past_episodes", ["episode_ref", "sequence"])
    op.create_index("ix_past_episodes_reported_at", "past_episodes", ["reported_at"])
    op.create_table(
        "past_unread",
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("sequence", NUMBER, nullable=False),
        sa.Column("told_as_of", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("link", "ref", "of", name="pk_past_unread"),
    )
    op.create_table(
        "past_held",
        sa.Column("sequence", NUMBER, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ids", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", "kind", name="pk_past_held"),
    )
