"""Make accounts, contacts."""

from alembic import op

from chassis.database.rows import secure

revision = "customers_0001"
down_revision = None
branch_labels = ("customers",)
depends_on = "chassis_0001"

TABLES = ("accounts", "contacts")
STATEMENTS = """
CREATE TABLE accounts (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    industry TEXT,
    sort_industry TEXT DEFAULT '' NOT NULL,
    phone TEXT,
    email TEXT,
    website TEXT,
    annual_revenue NUMERIC(19, 4),
    annual_revenue_currency TEXT,
    employees INTEGER,
    year_established INTEGER,
    location TEXT,
    sort_location TEXT DEFAULT '' NOT NULL,
    parent_id UUID,
    description TEXT,
    external_ids JSONB DEFAULT '{}' NOT NULL,
    version BIGINT DEFAULT '1' NOT NULL,
    field_versions JSONB DEFAULT '{}' NOT NULL,
    search_text TEXT DEFAULT '' NOT NULL,
    created_by UUID,
    create_time TIMESTAMP WITH TIME ZONE NOT NULL,
    update_time TIMESTAMP WITH TIME ZONE NOT NULL,
    delete_time TIMESTAMP WITH TIME ZONE,
    owner_id UUID,
    custom JSONB DEFAULT '{}' NOT NULL,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX accounts_annual_revenue ON accounts (org_id, coalesce(annual_revenue, '-infinity'), id);

CREATE INDEX accounts_create_time ON accounts (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX accounts_custom ON accounts USING gin (org_id, custom jsonb_path_ops);

CREATE INDEX accounts_employees ON accounts (org_id, coalesce(employees, -2147483648), id);

CREATE INDEX accounts_industry ON accounts (org_id, industry, create_time, id) INCLUDE (delete_time);

CREATE INDEX accounts_owner ON accounts (org_id, owner_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX accounts_parent_id ON accounts (org_id, parent_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX accounts_search ON accounts USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX accounts_sort_industry ON accounts (org_id, sort_industry, id);

CREATE INDEX accounts_sort_location ON accounts (org_id, sort_location, id);

CREATE INDEX accounts_sort_name ON accounts (org_id, sort_name, id);

CREATE INDEX accounts_year_established ON accounts (org_id, coalesce(year_established, -2147483648), id);

CREATE TABLE contacts (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    account_id UUID,
    job_title TEXT,
    email TEXT,
    sort_email TEXT DEFAULT '' NOT NULL,
    phone TEXT,
    description TEXT,
    external_ids JSONB DEFAULT '{}' NOT NULL,
    version BIGINT DEFAULT '1' NOT NULL,
    field_versions JSONB DEFAULT '{}' NOT NULL,
    search_text TEXT DEFAULT '' NOT NULL,
    created_by UUID,
    create_time TIMESTAMP WITH TIME ZONE NOT NULL,
    update_time TIMESTAMP WITH TIME ZONE NOT NULL,
    delete_time TIMESTAMP WITH TIME ZONE,
    owner_id UUID,
    custom JSONB DEFAULT '{}' NOT NULL,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX contacts_account_id ON contacts (org_id, account_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX contacts_create_time ON contacts (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX contacts_custom ON contacts USING gin (org_id, custom jsonb_path_ops);

CREATE INDEX contacts_owner ON contacts (org_id, owner_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX contacts_search ON contacts USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX contacts_sort_email ON contacts (org_id, sort_email, id);

CREATE INDEX contacts_sort_name ON contacts (org_id, sort_name, id);
"""


def upgrade() -> None:
    """Make the tables, their indexes, and row-level security on them."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
