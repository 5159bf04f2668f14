"""Make timeline_entries, timeline_places."""

from alembic import op

from chassis.database.rows import secure

revision = "customers_0008"
down_revision = "customers_0007"
branch_labels = None
depends_on = None

TABLES = ("timeline_entries", "timeline_places")
STATEMENTS = """
CREATE TABLE timeline_entries (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    time TIMESTAMP WITH TIME ZONE NOT NULL,
    module TEXT NOT NULL,
    record_id UUID NOT NULL,
    title TEXT DEFAULT '' NOT NULL,
    owner_id UUID,
    shared_with UUID[] DEFAULT '{}' NOT NULL,
    version BIGINT NOT NULL,
    verb TEXT NOT NULL,
    actor_id UUID,
    changed_fields TEXT[] DEFAULT '{}' NOT NULL,
    before JSONB DEFAULT '{}' NOT NULL,
    after JSONB DEFAULT '{}' NOT NULL,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX timeline_entries_record ON timeline_entries (org_id, record_id);

CREATE TABLE timeline_places (
    org_id UUID NOT NULL,
    place_id UUID NOT NULL,
    time TIMESTAMP WITH TIME ZONE NOT NULL,
    entry_id UUID NOT NULL,
    module TEXT NOT NULL,
    PRIMARY KEY (org_id, place_id, time, entry_id),
    FOREIGN KEY(org_id, entry_id) REFERENCES timeline_entries (org_id, id) ON DELETE CASCADE
);

CREATE INDEX timeline_places_entry ON timeline_places (org_id, entry_id);
"""


def upgrade() -> None:
    """Make the tables, their indexes, and row-level security on them."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
