"""Make opportunities, pipelines, products, stage_changes, stages."""

from alembic import op

from chassis.database.rows import secure

revision = "sales_0001"
down_revision = None
branch_labels = ("sales",)
depends_on = "chassis_0001"

TABLES = ("opportunities", "pipelines", "products", "stage_changes", "stages")
STATEMENTS = """
CREATE TABLE opportunities (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    account_id UUID,
    product_id UUID,
    pipeline_id UUID,
    stage_id UUID,
    amount NUMERIC(19, 4),
    amount_currency TEXT,
    engage_date DATE,
    close_date DATE,
    status TEXT,
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

CREATE INDEX opportunities_account_id ON opportunities (org_id, account_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX opportunities_amount ON opportunities (org_id, coalesce(amount, '-infinity'), id);

CREATE INDEX opportunities_close_date ON opportunities (org_id, coalesce(close_date, '-infinity'), id);

CREATE INDEX opportunities_create_time ON opportunities (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX opportunities_custom ON opportunities USING gin (org_id, custom jsonb_path_ops);

CREATE INDEX opportunities_engage_date ON opportunities (org_id, coalesce(engage_date, '-infinity'), id);

CREATE INDEX opportunities_owner ON opportunities (org_id, owner_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX opportunities_pipeline_id ON opportunities (org_id, pipeline_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX opportunities_product_id ON opportunities (org_id, product_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX opportunities_search ON opportunities USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX opportunities_sort_name ON opportunities (org_id, sort_name, id);

CREATE INDEX opportunities_stage_id ON opportunities (org_id, stage_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX opportunities_status ON opportunities (org_id, status, create_time, id) INCLUDE (delete_time);

CREATE TABLE pipelines (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    position INTEGER DEFAULT '0' NOT NULL,
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

CREATE INDEX pipelines_create_time ON pipelines (org_id, create_time, id) INCLUDE (delete_time);

CREATE UNIQUE INDEX pipelines_name_unique ON pipelines (org_id, lower(name)) WHERE delete_time IS NULL;

CREATE INDEX pipelines_position ON pipelines (org_id, position, id);

CREATE INDEX pipelines_search ON pipelines USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX pipelines_sort_name ON pipelines (org_id, sort_name, id);

CREATE TABLE products (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    code TEXT,
    sort_code TEXT DEFAULT '' NOT NULL,
    category TEXT,
    sort_category TEXT DEFAULT '' NOT NULL,
    price NUMERIC(19, 4),
    price_currency TEXT,
    inactive BOOLEAN DEFAULT false NOT NULL,
    description TEXT,
    external_ids JSONB DEFAULT '{}' NOT NULL,
    version BIGINT DEFAULT '1' NOT NULL,
    field_versions JSONB DEFAULT '{}' NOT NULL,
    search_text TEXT DEFAULT '' NOT NULL,
    created_by UUID,
    create_time TIMESTAMP WITH TIME ZONE NOT NULL,
    update_time TIMESTAMP WITH TIME ZONE NOT NULL,
    delete_time TIMESTAMP WITH TIME ZONE,
    custom JSONB DEFAULT '{}' NOT NULL,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX products_create_time ON products (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX products_custom ON products USING gin (org_id, custom jsonb_path_ops);

CREATE UNIQUE INDEX products_name_unique ON products (org_id, lower(name)) WHERE delete_time IS NULL;

CREATE INDEX products_price ON products (org_id, coalesce(price, '-infinity'), id);

CREATE INDEX products_search ON products USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX products_sort_category ON products (org_id, sort_category, id);

CREATE INDEX products_sort_code ON products (org_id, sort_code, id);

CREATE INDEX products_sort_name ON products (org_id, sort_name, id);

CREATE TABLE stage_changes (
    org_id UUID NOT NULL,
    id UUID DEFAULT uuidv7() NOT NULL,
    opportunity_id UUID NOT NULL,
    from_stage_id UUID,
    to_stage_id UUID NOT NULL,
    time TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    changed_by UUID,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX stage_changes_opportunity ON stage_changes (org_id, opportunity_id, time);

CREATE TABLE stages (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    pipeline_id UUID,
    position INTEGER DEFAULT '0' NOT NULL,
    kind TEXT,
    probability INTEGER,
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

CREATE INDEX stages_create_time ON stages (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX stages_kind ON stages (org_id, kind, create_time, id) INCLUDE (delete_time);

CREATE INDEX stages_pipeline_id ON stages (org_id, pipeline_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX stages_position ON stages (org_id, position, id);

CREATE INDEX stages_search ON stages USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX stages_sort_name ON stages (org_id, sort_name, id);
"""


def upgrade() -> None:
    """Make the tables, their indexes, and row-level security on them."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
