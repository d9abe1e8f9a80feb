"""Each line has the digest of what its verdict rests on, by which a decision holds or does not."""

import sqlalchemy as sa
from alembic import op

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.add_column("verdicts", sa.Column("evidence_digest", sa.Text(), nullable=True))
    op.add_column("verdicts", sa.Column("digest_since", NUMBER, nullable=True))
