"""What accounts have bought, and their classes by it."""

from alembic import op

from chassis.database.rows import secure

revision = "customers_0013"
down_revision = "customers_0012"
branch_labels = None
depends_on = None

TABLES = ("spending_classes", "purchases")
STATEMENTS = """
CREATE TABLE spending_classes (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    threshold NUMERIC,
    color TEXT,
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

CREATE INDEX spending_classes_color ON spending_classes (org_id, color, create_time, id) INCLUDE (delete_time);

CREATE INDEX spending_classes_create_time ON spending_classes (org_id, create_time, id) INCLUDE (delete_time);

CREATE UNIQUE INDEX spending_classes_name_unique ON spending_classes (org_id, lower(name)) WHERE delete_time IS NULL;

CREATE INDEX spending_classes_search ON spending_classes USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX spending_classes_sort_name ON spending_classes (org_id, sort_name, id);

CREATE INDEX spending_classes_threshold ON spending_classes (org_id, coalesce(threshold, '-infinity'), id);

CREATE TABLE purchases (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    account_id UUID,
    status TEXT NOT NULL,
    order_date DATE,
    total NUMERIC(19, 4) NOT NULL,
    overdue NUMERIC(19, 4) NOT NULL,
    deleted BOOLEAN NOT NULL,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX purchases_account ON purchases (org_id, account_id);
"""

ACCOUNTS = """
    ADD COLUMN order_count INTEGER DEFAULT 0 NOT NULL,
    ADD COLUMN order_sum NUMERIC(19, 4),
    ADD COLUMN order_sum_currency TEXT,
    ADD COLUMN last_order_date DATE,
    ADD COLUMN overdue_sum NUMERIC(19, 4),
    ADD COLUMN overdue_sum_currency TEXT,
    ADD COLUMN spending_class_id UUID
"""
INDEXES = (
    "accounts_order_sum ON accounts (org_id, coalesce(order_sum, '-infinity'), id)",
    "accounts_last_order_date ON accounts (org_id, coalesce(last_order_date, '-infinity'), id)",
    "accounts_overdue_sum ON accounts (org_id, coalesce(overdue_sum, '-infinity'), id)",
    "accounts_spending_class_id ON accounts (org_id, spending_class_id, create_time, id) INCLUDE (delete_time)",
)


def upgrade() -> None:
    """Make the tables, their indexes, and row-level security on them."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
    op.execute(f"ALTER TABLE accounts {ACCOUNTS}")
    with op.get_context().autocommit_block():
        for index in INDEXES:
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {index}")
