"""Orders with their shipments and payments, and exchange rates."""

from alembic import op

from chassis.database.rows import secure

revision = "sales_0004"
down_revision = "sales_0003"
branch_labels = None
depends_on = None

TABLES = ("exchange_rates", "orders", "shipments", "payments")
STATEMENTS = """
CREATE TABLE exchange_rates (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    currency TEXT,
    sort_currency TEXT DEFAULT '' NOT NULL,
    valid_from DATE,
    rate NUMERIC,
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

CREATE INDEX exchange_rates_create_time ON exchange_rates (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX exchange_rates_day ON exchange_rates (org_id, currency, valid_from) INCLUDE (delete_time);

CREATE INDEX exchange_rates_search ON exchange_rates USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX exchange_rates_sort_currency ON exchange_rates (org_id, sort_currency, id);

CREATE INDEX exchange_rates_valid_from ON exchange_rates (org_id, coalesce(valid_from, '-infinity'), id);

CREATE TABLE orders (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    number TEXT,
    sort_number TEXT DEFAULT '' NOT NULL,
    account_id UUID,
    contact_id UUID,
    opportunity_id UUID,
    status TEXT,
    currency TEXT,
    exchange_rate NUMERIC,
    order_date DATE,
    requested_date DATE,
    shipping_address TEXT,
    billing_address TEXT,
    lines JSONB DEFAULT '[]' NOT NULL,
    discount_percent NUMERIC,
    discount_amount NUMERIC,
    lump_sum NUMERIC(19, 4),
    lump_sum_currency TEXT,
    subtotal NUMERIC(19, 4),
    subtotal_currency TEXT,
    discount NUMERIC(19, 4),
    discount_currency TEXT,
    tax NUMERIC(19, 4),
    tax_currency TEXT,
    total NUMERIC(19, 4),
    total_currency TEXT,
    base_total NUMERIC(19, 4),
    base_total_currency TEXT,
    cost NUMERIC(19, 4),
    cost_currency TEXT,
    margin NUMERIC(19, 4),
    margin_currency TEXT,
    paid NUMERIC(19, 4),
    paid_currency TEXT,
    balance NUMERIC(19, 4),
    balance_currency TEXT,
    overdue NUMERIC(19, 4),
    overdue_currency TEXT,
    instalments JSONB DEFAULT '[]' NOT NULL,
    next_due_date DATE,
    kept_elsewhere BOOLEAN DEFAULT false NOT NULL,
    note TEXT,
    confirm_time TIMESTAMP WITH TIME ZONE,
    cancel_reason TEXT,
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

CREATE INDEX orders_account_id ON orders (org_id, account_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX orders_balance ON orders (org_id, coalesce(balance, '-infinity'), id);

CREATE INDEX orders_base_total ON orders (org_id, coalesce(base_total, '-infinity'), id);

CREATE INDEX orders_contact_id ON orders (org_id, contact_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX orders_create_time ON orders (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX orders_custom ON orders USING gin (org_id, custom jsonb_path_ops);

CREATE INDEX orders_next_due_date ON orders (org_id, coalesce(next_due_date, '-infinity'), id);

CREATE UNIQUE INDEX orders_number_unique ON orders (org_id, lower(number)) WHERE delete_time IS NULL;

CREATE INDEX orders_opportunity_id ON orders (org_id, opportunity_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX orders_order_date ON orders (org_id, coalesce(order_date, '-infinity'), id);

CREATE INDEX orders_overdue ON orders (org_id, coalesce(overdue, '-infinity'), id);

CREATE INDEX orders_owner ON orders (org_id, owner_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX orders_paid ON orders (org_id, coalesce(paid, '-infinity'), id);

CREATE INDEX orders_requested_date ON orders (org_id, coalesce(requested_date, '-infinity'), id);

CREATE INDEX orders_search ON orders USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX orders_sort_number ON orders (org_id, sort_number, id);

CREATE INDEX orders_status ON orders (org_id, status, create_time, id) INCLUDE (delete_time);

CREATE INDEX orders_total ON orders (org_id, coalesce(total, '-infinity'), id);

CREATE TABLE shipments (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    order_id UUID,
    account_id UUID,
    number TEXT,
    sort_number TEXT DEFAULT '' NOT NULL,
    carrier TEXT,
    tracking_number TEXT,
    ship_date DATE,
    lines JSONB DEFAULT '[]' NOT NULL,
    note TEXT,
    external_ids JSONB DEFAULT '{}' NOT NULL,
    version BIGINT DEFAULT '1' NOT NULL,
    field_versions JSONB DEFAULT '{}' NOT NULL,
    search_text TEXT DEFAULT '' NOT NULL,
    created_by UUID,
    create_time TIMESTAMP WITH TIME ZONE NOT NULL,
    update_time TIMESTAMP WITH TIME ZONE NOT NULL,
    delete_time TIMESTAMP WITH TIME ZONE,
    owner_id UUID,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX shipments_account_id ON shipments (org_id, account_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX shipments_create_time ON shipments (org_id, create_time, id) INCLUDE (delete_time);

CREATE UNIQUE INDEX shipments_number_unique ON shipments (org_id, lower(number)) WHERE delete_time IS NULL;

CREATE INDEX shipments_order_id ON shipments (org_id, order_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX shipments_owner ON shipments (org_id, owner_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX shipments_search ON shipments USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX shipments_ship_date ON shipments (org_id, coalesce(ship_date, '-infinity'), id);

CREATE INDEX shipments_sort_number ON shipments (org_id, sort_number, id);

CREATE TABLE payments (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    order_id UUID,
    account_id UUID,
    number TEXT,
    sort_number TEXT DEFAULT '' NOT NULL,
    kind TEXT,
    amount NUMERIC(19, 4),
    amount_currency TEXT,
    pay_date DATE,
    method TEXT,
    reference TEXT,
    note TEXT,
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

CREATE INDEX payments_account_id ON payments (org_id, account_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX payments_amount ON payments (org_id, coalesce(amount, '-infinity'), id);

CREATE INDEX payments_create_time ON payments (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX payments_custom ON payments USING gin (org_id, custom jsonb_path_ops);

CREATE INDEX payments_kind ON payments (org_id, kind, create_time, id) INCLUDE (delete_time);

CREATE UNIQUE INDEX payments_number_unique ON payments (org_id, lower(number)) WHERE delete_time IS NULL;

CREATE INDEX payments_order_id ON payments (org_id, order_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX payments_owner ON payments (org_id, owner_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX payments_pay_date ON payments (org_id, coalesce(pay_date, '-infinity'), id);

CREATE INDEX payments_search ON payments USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX payments_sort_number ON payments (org_id, sort_number, id);
"""


def upgrade() -> None:
    """Make the tables, their indexes, and row-level security on them."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
    op.execute("ALTER TABLE stock_movements ADD COLUMN shipment_id UUID")
    with op.get_context().autocommit_block():
        op.execute(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS stock_movements_shipment_id ON stock_movements"
            " (org_id, shipment_id, create_time, id) INCLUDE (delete_time)"
        )
