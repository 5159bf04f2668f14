"""What a saved view may be, and who may share one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chassis.authz.organization import Organization
from chassis.call import Call
from chassis.errors import PermissionDeniedError, Violation
from chassis.filter import FilterError, parse
from chassis.resources import Draft

EVERYONE, PRIVATE = "everyone", "private"
SHARE = "saved_views.administer"
MOST_COLUMNS = 60
LONGEST_NAME = 60


def wrong(values: Mapping[str, Any], organization: Organization) -> Iterator[Violation]:
    """What does not fit. Which fields there are is the list's to say: a view outlives some of them."""
    if values["module"] not in organization.contracts:
        yield Violation("module", "UNKNOWN_MODULE", {"value": str(values["module"])[:60]})
    yield from wrong_columns(values["columns"])
    if values["layout"] == "board" and not values["group_by"]:
        yield Violation("group_by", "REQUIRED")
    try:
        parse(values["filter"] or "")
    except FilterError as error:
        yield from error.violations


def wrong_columns(columns: Sequence[str]) -> Iterator[Violation]:
    """Names of fields that are none by their form."""
    if len(columns) > MOST_COLUMNS:
        yield Violation("columns", "TOO_MANY", {"maximum": MOST_COLUMNS})
    if any(not 0 < len(name) <= LONGEST_NAME for name in columns):
        yield Violation("columns", "INVALID_VALUE")


def refuse_narrowed(call: Call) -> None:
    """Raise PermissionDeniedError when a program writes that was narrowed to other things."""
    if call.access.narrowings and not call.access.allows(SHARE):
        raise PermissionDeniedError


def refuse_sharing(call: Call, drafts: Sequence[Draft]) -> None:
    """Raise PermissionDeniedError when somebody shares, or changes what is shared, who may not."""
    if call.principal.kind == "system" or call.access.allows(SHARE):
        return
    for draft in drafts:
        if EVERYONE in (draft.values["visibility"], (draft.before or {}).get("visibility")):
            raise PermissionDeniedError("SHARING_DENIED", violations=[Violation("visibility", "SHARING_DENIED")])
