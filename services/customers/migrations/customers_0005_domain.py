"""The domain of accounts' web sites, by which the same company is found."""

from alembic import op

revision = "customers_0005"
down_revision = "customers_0004"
branch_labels = None

# As `customers.duplicates.rules.site_domain` has it.
_DOMAIN = r"^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@[:space:]]*@)?(?:www\.)?([^/:?#[:space:]]+)"


def upgrade() -> None:
    op.execute("ALTER TABLE accounts ADD COLUMN domain TEXT")
    domain = _DOMAIN.replace(":", r"\:")  # no parameters
    op.execute(f"UPDATE accounts SET domain = left(substring(lower(website) FROM '{domain}'), 253) WHERE website <> ''")
    with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS accounts_domain ON accounts (org_id, domain)")
