"""Product categories, and products in stock."""

from alembic import op

from chassis.database.rows import secure

revision = "sales_0003"
down_revision = "sales_0002"
branch_labels = None
depends_on = None

TABLES = ("product_categories", "stock_movements")
STATEMENTS = """
CREATE TABLE product_categories (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    parent_id UUID,
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

CREATE INDEX product_categories_create_time ON product_categories (org_id, create_time, id) INCLUDE (delete_time);

CREATE UNIQUE INDEX product_categories_name_unique ON product_categories (org_id, lower(name)) WHERE delete_time IS NULL;

CREATE INDEX product_categories_parent_id ON product_categories (org_id, parent_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX product_categories_search ON product_categories USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX product_categories_sort_name ON product_categories (org_id, sort_name, id);

CREATE TABLE stock_movements (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    product_id UUID,
    kind TEXT,
    quantity NUMERIC,
    balance NUMERIC,
    reason TEXT,
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

CREATE INDEX stock_movements_create_time ON stock_movements (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX stock_movements_kind ON stock_movements (org_id, kind, create_time, id) INCLUDE (delete_time);

CREATE INDEX stock_movements_product_id ON stock_movements (org_id, product_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX stock_movements_search ON stock_movements USING gin (org_id, search_text gin_trgm_ops);
"""

PRODUCTS = """
    ADD COLUMN category_id UUID,
    ADD COLUMN unit TEXT,
    ADD COLUMN cost NUMERIC(19, 4),
    ADD COLUMN cost_currency TEXT,
    ADD COLUMN tax_rate NUMERIC,
    ADD COLUMN tracks_stock BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN on_hand NUMERIC,
    ADD COLUMN reserved NUMERIC,
    ADD COLUMN available NUMERIC
"""
INDEXES = (
    "products_category_id ON products (org_id, category_id, create_time, id) INCLUDE (delete_time)",
    "products_available ON products (org_id, coalesce(available, '-infinity'), id)",
)


def upgrade() -> None:
    """Make the tables, their indexes, and row-level security on them."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
    op.execute(f"ALTER TABLE products {PRODUCTS}")
    with op.get_context().autocommit_block():
        for index in INDEXES:
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {index}")
