"""Make account_facts, freshness, opportunity_facts, product_facts."""

from alembic import op

from chassis.database.rows import secure

revision = "reporting_0001"
down_revision = None
branch_labels = ("reporting",)
depends_on = "chassis_0001"

TABLES = ("account_facts", "freshness", "opportunity_facts", "product_facts")
STATEMENTS = """
CREATE TABLE account_facts (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT DEFAULT '' NOT NULL,
    industry TEXT DEFAULT '' NOT NULL,
    location TEXT DEFAULT '' NOT NULL,
    owner_id UUID,
    version BIGINT NOT NULL,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (org_id, id)
);

CREATE TABLE freshness (
    org_id UUID NOT NULL,
    time TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (org_id)
);

CREATE TABLE opportunity_facts (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    owner_id UUID,
    account_id UUID,
    product_id UUID,
    stage_id UUID,
    status TEXT DEFAULT '' NOT NULL,
    amount NUMERIC(19, 4),
    currency TEXT DEFAULT '' NOT NULL,
    engage_date DATE,
    close_date DATE,
    version BIGINT NOT NULL,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX opportunity_facts_close_date ON opportunity_facts (org_id, status, close_date);

CREATE INDEX opportunity_facts_owner ON opportunity_facts (org_id, owner_id, close_date);

CREATE TABLE product_facts (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT DEFAULT '' NOT NULL,
    category TEXT DEFAULT '' NOT NULL,
    version BIGINT NOT NULL,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (org_id, id)
);
"""


def upgrade() -> None:
    """Make the tables, their indexes, and row-level security on them."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
