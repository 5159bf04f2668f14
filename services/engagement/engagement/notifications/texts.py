"""What a notification says to one reader."""

import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from chassis.authz.access import Access
from chassis.authz.organization import Organization
from chassis.contract import ResourceContract, find_module
from chassis.texts import known, register, text
from engagement.notifications.kinds import KINDS

register(
    {
        "JOB_IMPORT": ("导入", "Import"),
        "JOB_EXPORT": ("导出", "Export"),
        "JOB_MASS_EDIT": ("批量操作", "Mass edit"),
        "JOB_HAND_OVER": ("移交", "Hand-over"),
        "JOB_DONE": ("已完成", "done"),
        "JOB_FAILED": ("失败，请打开查看原因", "failed; open it to see why"),
        "JOB_CANCELLED": ("已取消", "cancelled"),
        "JOB_UNDONE": ("已撤销", "taken back"),
        "ACTOR_SYSTEM": ("系统", "The system"),
    }
)
_HIDDEN = "…"
_PLACE = re.compile(r"\{(\w+)\}")
# Said by people: never taken for a text of ours.
_WRITTEN = frozenset({"title", "text", "actor"})


def readable(access: Access | None, module: str, values: Mapping[str, str]) -> dict[str, str]:
    """What a notice is filled with for a reader of these rights: nothing of a record in a module that they do not view,
    and no title where the field that names the record is hidden.
    """
    shown = dict(values)
    if access is None or access.scope(module, "view") is None:
        shown = {name: value if name == "actor" or known(value) else _HIDDEN for name, value in shown.items()}
        return {**shown, "title": "", "text": ""}
    contract = find_module(module)
    return {**shown, "title": ""} if contract and contract.options.title in access.hidden(module) else shown


def told(
    kind: str, module: str, values: Mapping[str, str], count: int, language: str, organization: Organization
) -> str:
    """The text; `language` is `zh` or `en`, times are shown in the organization's zone."""
    declared = KINDS[kind]
    many = declared.many is not None and not values.get("title")
    template = (declared.many if many and declared.many else declared.text)[language]
    filled = {"title": _HIDDEN, "text": "", "actor": text("ACTOR_SYSTEM", language)}
    filled |= {name: _shown(name, value, language, organization.time_zone) for name, value in values.items() if value}
    filled["count"] = str(count)
    filled["module"] = _module(organization.contracts.get(module), module, language, many=many)
    return " ".join(_PLACE.sub(lambda found: filled.get(found[1], ""), template).split())


def _shown(name: str, value: str, language: str, zone: ZoneInfo) -> str:
    if name in _WRITTEN:
        return value
    if known(value):
        return text(value, language)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return value if moment.tzinfo is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _module(contract: ResourceContract | None, module: str, language: str, *, many: bool) -> str:
    if contract is None:
        return module
    label: str = getattr(contract.options.plural if many else contract.options.label, language)
    return label if language == "zh" or many else label.lower()
