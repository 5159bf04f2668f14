"""What a role may grant, and the five that every organization begins with."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chassis.authz.access import OPERATIONS, SCOPES
from chassis.contract import ResourceContract
from chassis.errors import Violation

ADMINISTRATOR = "administrator"
# What may be granted beside the modules of records: its names in zh and en, and its operations.
AREAS = {
    "reports": (("报表", "Reports"), ("view",)),
    "audit": (("审计日志", "Audit log"), ("view", "export")),
    "security": (("安全", "Security"), ("view",)),
}
_SALES = ("accounts", "contacts", "leads", "opportunities", "orders")
# What follows from orders.
_FULFILMENT = ("shipments", "payments")
# What sellers do not see: what things cost, and what is earned by them.
_COSTS = (("products", "cost"), ("orders", "cost"), ("orders", "margin"))
# By what records are classified.
_CLASSES = ("tags", "groups")
_GOODS = ("products", "product_categories", "stock_movements", "exchange_rates", "spending_classes")
_COMMON = ("users", "teams", *_GOODS, "pipelines", "stages", "reports", "organizations", "holidays", *_CLASSES)
# What everybody who works with customers writes down.
_ACTIVITY = ("interactions", "tasks", "reminders", "reminder_rules")


def grant(module: str, scope: str, *operations: str) -> Iterator[dict[str, str]]:
    """Grants of several operations on one module."""
    for operation in operations:
        yield {"module": module, "operation": operation, "scope": scope}


def _look_up() -> Iterator[dict[str, str]]:
    for module in _COMMON:
        yield from grant(module, "all", "view")


def seeded() -> list[dict[str, Any]]:
    """Key, names in zh and en, grants and hidden fields of the usual roles; least privilege."""
    manager = [
        item for module in (*_SALES, *_FULFILMENT, *_ACTIVITY) for item in grant(module, "tree", *OPERATIONS[:8])
    ]
    manager += list(grant("account_contacts", "all", *OPERATIONS[:6]))
    manager += [item for module in _CLASSES for item in grant(module, "all", "create", "edit", "delete", "import")]
    own_work = [item for module in _ACTIVITY for item in grant(module, "own", "view", "create", "edit", "delete")]
    representative = [
        *(item for module in _SALES for item in grant(module, "own", "view", "create", "edit")),
        *own_work,
    ]
    representative += [item for module in _FULFILMENT for item in grant(module, "own", "view")]
    representative += list(grant("account_contacts", "all", *OPERATIONS[:4]))
    manager += grant("saved_views", "all", "view", "administer")
    representative += [item for module in _CLASSES for item in grant(module, "all", "create")]
    marketer = [
        item
        for module in ("accounts", "contacts", "leads")
        for item in grant(module, "all", "view", "create", "edit", "import", "export")
    ]
    marketer += list(grant("account_contacts", "all", *OPERATIONS[:6]))
    marketer += [item for module in _CLASSES for item in grant(module, "all", "create", "edit", "import")]
    marketer += own_work
    agent = [
        *(item for module in ("accounts", "contacts", "orders", "shipments") for item in grant(module, "all", "view")),
        *grant("account_contacts", "all", "view"),
        *grant("tickets", "team", "view", "create", "edit", "assign"),
        *own_work,
    ]
    everything = list(grant("*", "all", "*"))
    costs = [{"module": module, "field": field, "access": "hidden"} for module, field in _COSTS]
    return [
        {"key": ADMINISTRATOR, "names": ("管理员", "Administrator"), "grants": everything},
        {"key": "sales_manager", "names": ("销售经理", "Sales manager"), "grants": [*manager, *_look_up()]},
        {
            "key": "sales_representative",
            "names": ("销售代表", "Sales representative"),
            "grants": [*representative, *_look_up()],
            "field_rules": costs,
        },
        {
            "key": "marketer",
            "names": ("市场专员", "Marketer"),
            "grants": [*marketer, *_look_up()],
            "field_rules": costs,
        },
        {
            "key": "service_agent",
            "names": ("客服专员", "Service agent"),
            "grants": [*agent, *_look_up()],
            "field_rules": costs,
        },
    ]


def wrong_grants(grants: Iterable[Mapping[str, str]], modules: Iterable[str]) -> list[Violation]:
    """Grants of modules, operations or scopes that there are not."""
    known = {*modules, "*"}
    found = []
    for number, item in enumerate(grants):
        for name, values in (("module", known), ("operation", {*OPERATIONS, "*"}), ("scope", {*SCOPES})):
            if item.get(name) not in values:
                value = str(item.get(name, ""))[:60]
                found.append(Violation(f"grants[{number}].{name}", "UNKNOWN_CHOICE", {"value": value}))
    return found


def wrong_rules(rules: Iterable[Mapping[str, str]], contracts: Iterable[ResourceContract]) -> list[Violation]:
    """Rules of fields or kinds of access that there are not. `custom.<key>` may name a field that is yet to come."""
    fields = {contract.module: set(contract.fields) for contract in contracts}
    found = []
    for number, rule in enumerate(rules):
        name = rule.get("field", "").partition(".")[0]
        known = name in fields.get(rule.get("module", ""), set())
        if not known or rule.get("access") not in ("hidden", "read_only"):
            found.append(Violation(f"field_rules[{number}]", "UNKNOWN_RULE"))
    return found
