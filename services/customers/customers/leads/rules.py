"""What a lead's status means."""

from collections.abc import Mapping
from typing import Any

from chassis.errors import Violation
from chassis.texts import register

register(
    {
        "LEAD_NOT_CONVERTED": (
            "状态“已转化”由“转化”操作设置，请使用该操作",
            "A lead becomes “converted” by converting it; use that action",
        ),
        "LEAD_CONVERTED": (
            "该线索已转化，撤销转化后才能修改状态",
            "The lead is converted; revert the conversion before you change its status",
        ),
    }
)


def settle(values: dict[str, Any], before: Mapping[str, Any] | None) -> Violation | None:
    """Fill in the status of a row; returns what does not fit.

    The time of the conversion, which nobody can send, tells whether a lead is converted. Whoever is worth talking to
    again is no longer disqualified for the reason before.
    """
    values["status"] = values.get("status") or "new"
    if before is not None and before["status"] == "unqualified" and values["status"] != "unqualified":
        kept = values["disqualify_reason"] == before["disqualify_reason"]
        values["disqualify_reason"] = None if kept else values["disqualify_reason"]
    is_converted = values.get("convert_time") is not None
    if is_converted and values["status"] != "converted":
        return Violation("status", "LEAD_CONVERTED")
    if not is_converted and values["status"] == "converted":
        return Violation("status", "LEAD_NOT_CONVERTED")
    return None
