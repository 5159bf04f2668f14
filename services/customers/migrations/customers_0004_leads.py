"""Make leads."""

from alembic import op

from chassis.database.rows import secure

revision = "customers_0004"
down_revision = "customers_0003"
branch_labels = None
depends_on = None

TABLES = ("leads",)
STATEMENTS = """
CREATE TABLE leads (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    company TEXT,
    sort_company TEXT DEFAULT '' NOT NULL,
    job_title TEXT,
    department TEXT,
    status TEXT,
    disqualify_reason TEXT,
    phone TEXT,
    email TEXT,
    sort_email TEXT DEFAULT '' NOT NULL,
    source TEXT,
    rating TEXT,
    need TEXT,
    budget NUMERIC(19, 4),
    budget_currency TEXT,
    expected_close_date DATE,
    campaign TEXT,
    next_contact_date DATE,
    website TEXT,
    industry TEXT,
    sort_industry TEXT DEFAULT '' NOT NULL,
    size TEXT,
    region TEXT,
    sort_region TEXT DEFAULT '' NOT NULL,
    other_name TEXT,
    chat_id TEXT,
    phones JSONB DEFAULT '[]' NOT NULL,
    emails JSONB DEFAULT '[]' NOT NULL,
    addresses JSONB DEFAULT '[]' NOT NULL,
    preferred_channel TEXT,
    preferred_language TEXT,
    do_not_contact TEXT[] DEFAULT '{}' NOT NULL,
    description TEXT,
    converted_account_id UUID,
    converted_contact_id UUID,
    converted_opportunity_id UUID,
    convert_time TIMESTAMP WITH TIME ZONE,
    tag_ids UUID[] DEFAULT '{}' NOT NULL,
    group_ids UUID[] DEFAULT '{}' NOT NULL,
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
    conversion JSONB,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX leads_budget ON leads (org_id, coalesce(budget, '-infinity'), id);

CREATE INDEX leads_converted_account_id ON leads (org_id, converted_account_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX leads_converted_contact_id ON leads (org_id, converted_contact_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX leads_converted_opportunity_id ON leads (org_id, converted_opportunity_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX leads_create_time ON leads (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX leads_custom ON leads USING gin (org_id, custom jsonb_path_ops);

CREATE INDEX leads_expected_close_date ON leads (org_id, coalesce(expected_close_date, '-infinity'), id);

CREATE INDEX leads_group_ids ON leads USING gin (org_id, group_ids);

CREATE INDEX leads_next_contact_date ON leads (org_id, coalesce(next_contact_date, '-infinity'), id);

CREATE INDEX leads_owner ON leads (org_id, owner_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX leads_search ON leads USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX leads_sort_company ON leads (org_id, sort_company, id);

CREATE INDEX leads_sort_email ON leads (org_id, sort_email, id);

CREATE INDEX leads_sort_industry ON leads (org_id, sort_industry, id);

CREATE INDEX leads_sort_name ON leads (org_id, sort_name, id);

CREATE INDEX leads_sort_region ON leads (org_id, sort_region, id);

CREATE INDEX leads_source ON leads (org_id, source, create_time, id) INCLUDE (delete_time);

CREATE INDEX leads_status ON leads (org_id, status, create_time, id) INCLUDE (delete_time);

CREATE INDEX leads_tag_ids ON leads USING gin (org_id, tag_ids);
"""


def upgrade() -> None:
    """Make the tables, their indexes, and row-level security on them."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
