"""Other names, further phones, e-mails and addresses, sources, and how somebody wants to be contacted, or not."""

from alembic import op

revision = "customers_0002"
down_revision = "customers_0001"
branch_labels = None

_REACH = """
ADD COLUMN phones JSONB DEFAULT '[]' NOT NULL,
ADD COLUMN emails JSONB DEFAULT '[]' NOT NULL,
ADD COLUMN addresses JSONB DEFAULT '[]' NOT NULL,
ADD COLUMN source TEXT,
ADD COLUMN preferred_channel TEXT,
ADD COLUMN preferred_language TEXT,
ADD COLUMN do_not_contact TEXT[] DEFAULT '{}' NOT NULL,
ADD COLUMN next_contact_date DATE
"""


def upgrade() -> None:
    op.execute(
        "ALTER TABLE accounts ADD COLUMN other_name TEXT, ADD COLUMN rating TEXT, ADD COLUMN size TEXT,"
        f" ADD COLUMN region TEXT, ADD COLUMN sort_region TEXT DEFAULT '' NOT NULL, {_REACH}"
    )
    op.execute(
        "ALTER TABLE contacts ADD COLUMN other_name TEXT, ADD COLUMN department TEXT, ADD COLUMN birthday DATE,"
        f" ADD COLUMN chat_id TEXT, {_REACH}"
    )
    with op.get_context().autocommit_block():
        for table, name, expression in (
            ("accounts", "accounts_next_contact_date", "coalesce(next_contact_date, '-infinity'::date)"),
            ("accounts", "accounts_sort_region", "sort_region"),
            ("contacts", "contacts_next_contact_date", "coalesce(next_contact_date, '-infinity'::date)"),
        ):
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table} (org_id, {expression}, id)")
