"""When an organization works: its week, and the days that are otherwise."""

from alembic import op

from chassis.database.rows import secure

revision = "identity_0010"
down_revision = "identity_0009"
branch_labels = None
depends_on = None

TABLES = ("holidays",)
STATEMENTS = """
ALTER TABLE organizations ADD COLUMN working_hours JSONB NOT NULL DEFAULT
    '[{"weekday": 1, "hours": "09:00-18:00"}, {"weekday": 2, "hours": "09:00-18:00"},
      {"weekday": 3, "hours": "09:00-18:00"}, {"weekday": 4, "hours": "09:00-18:00"},
      {"weekday": 5, "hours": "09:00-18:00"}]';

CREATE TABLE holidays (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    date DATE,
    working BOOLEAN DEFAULT false NOT NULL,
    hours TEXT,
    external_ids JSONB DEFAULT '{}' NOT NULL,
    version BIGINT DEFAULT '1' NOT NULL,
    field_versions JSONB DEFAULT '{}' NOT NULL,
    search_text TEXT DEFAULT '' NOT NULL,
    created_by UUID,
    create_time TIMESTAMP WITH TIME ZONE NOT NULL,
    update_time TIMESTAMP WITH TIME ZONE NOT NULL,
    delete_time TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX holidays_create_time ON holidays (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX holidays_date ON holidays (org_id, coalesce(date, '-infinity'), id);

CREATE UNIQUE INDEX holidays_date_unique ON holidays (org_id, date) WHERE delete_time IS NULL;

CREATE INDEX holidays_search ON holidays USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX holidays_sort_name ON holidays (org_id, sort_name, id);
"""


def upgrade() -> None:
    """Add the column; make the table, its indexes, and row-level security on it."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
