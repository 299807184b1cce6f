"""Jobs, attempts, events, progress and leases. A test compares the sum of all migrations with schema.py."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _jobs()
    _attempts()
    _events()
    _progress()
    _leases()


def downgrade() -> None:
    for table in ("leases", "progress", "events", "attempts", "jobs"):
        op.drop_table(table)


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("owner", sa.String(40)),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("lane", sa.String(40), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("estimate_seconds", sa.Float()),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("deleted", sa.DateTime()),
    )
    op.create_index("jobs_created", "jobs", ["created"])


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", _big(), primary_key=True, autoincrement=True),
        sa.Column("job", sa.String(40), sa.ForeignKey("jobs.id"), nullable=False),
        sa.Column("owner", sa.String(40)),
        sa.Column("queued", sa.DateTime(), nullable=False),
        sa.Column("worker", sa.String(40)),
        sa.Column("claimed", sa.DateTime()),
        sa.Column("cancel_requested", sa.DateTime()),
        sqlite_autoincrement=True,
    )
    op.create_index("attempts_job", "attempts", ["job"])


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", _big(), primary_key=True, autoincrement=True),
        sa.Column("job", sa.String(40), sa.ForeignKey("jobs.id"), nullable=False),
        sa.Column("attempt", _big(), sa.ForeignKey("attempts.id"), nullable=False),
        sa.Column("owner", sa.String(40)),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("events_job", "events", ["job"])
    op.create_index("events_attempt_kind", "events", ["attempt", "kind"])


def _progress() -> None:
    op.create_table(
        "progress",
        sa.Column("job", sa.String(40), sa.ForeignKey("jobs.id"), primary_key=True),
        sa.Column("owner", sa.String(40)),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
    )


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("lane", sa.String(40), primary_key=True),
        sa.Column("owner", sa.String(40)),
        sa.Column("worker", sa.String(40), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("born", sa.Float(), nullable=False),
        sa.Column("taken", sa.DateTime(), nullable=False),
        sa.Column("heartbeat", sa.DateTime(), nullable=False),
    )
    op.create_index("leases_worker", "leases", ["worker"])


def _big() -> sa.types.TypeEngine:
    return sa.BigInteger().with_variant(sa.Integer, "sqlite")
