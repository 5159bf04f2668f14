"""The usual roles see products' stock and work with orders, as those of a new organization do."""

import json

import sqlalchemy as sa
from alembic import op

revision = "identity_0019"
down_revision = "identity_0018"
branch_labels = None
depends_on = None

GOODS = ("product_categories", "stock_movements", "exchange_rates")
MANAGED = ("view", "create", "edit", "delete", "assign", "import", "export", "merge")
# Role → module → operations and scope.
GRANTS = {
    "sales_manager": dict.fromkeys(("orders", "shipments", "payments"), (MANAGED, "tree")),
    "sales_representative": {
        "orders": (("view", "create", "edit"), "own"),
        "shipments": (("view",), "own"),
        "payments": (("view",), "own"),
    },
    "marketer": {},
    "service_agent": {"orders": (("view",), "all"), "shipments": (("view",), "all")},
}
HIDDEN = (("products", "cost"), ("orders", "cost"), ("orders", "margin"))


def upgrade() -> None:
    """Add grants, and hide costs from whom new organizations hide them."""
    update = sa.text(
        "UPDATE roles SET grants = grants || CAST(:grants AS jsonb), field_rules = field_rules || CAST(:rules AS jsonb)"
        " WHERE key = :key"
    )
    for key, modules in GRANTS.items():
        wanted = {**dict.fromkeys(GOODS, (("view",), "all")), **modules}
        grants = [
            {"module": module, "operation": operation, "scope": scope}
            for module, (operations, scope) in wanted.items()
            for operation in operations
        ]
        rules = [{"module": module, "field": field, "access": "hidden"} for module, field in HIDDEN]
        if key == "sales_manager":
            rules = []
        op.get_bind().execute(update, {"key": key, "grants": json.dumps(grants), "rules": json.dumps(rules)})
    op.execute("UPDATE organizations SET policy_version = policy_version + 1")
