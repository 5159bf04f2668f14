"""Make account_contacts."""

from alembic import op

from chassis.database.rows import secure

revision = "customers_0007"
down_revision = "customers_0006"
branch_labels = None
depends_on = None

TABLES = ("account_contacts",)
STATEMENTS = """
CREATE TABLE account_contacts (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    account_id UUID,
    contact_id UUID,
    roles TEXT[] DEFAULT '{}' NOT NULL,
    job_title TEXT,
    is_primary BOOLEAN DEFAULT false NOT NULL,
    start_date DATE,
    end_date DATE,
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

CREATE INDEX account_contacts_account_id ON account_contacts (org_id, account_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX account_contacts_contact_id ON account_contacts (org_id, contact_id, create_time, id) INCLUDE (delete_time);

CREATE UNIQUE INDEX account_contacts_contact_id_unique ON account_contacts (org_id, account_id, contact_id) WHERE delete_time IS NULL;

CREATE INDEX account_contacts_create_time ON account_contacts (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX account_contacts_search ON account_contacts USING gin (org_id, search_text gin_trgm_ops);
"""


def upgrade() -> None:
    """Make the tables, their indexes, and row-level security on them."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
