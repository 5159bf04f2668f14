"""What a web form may ask for, and what it takes for a stranger's answer."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chassis.authz.organization import Definitions
from chassis.errors import Violation
from chassis.fieldcontract import FieldContract
from chassis.resources import Resource
from chassis.texts import register

register(
    {
        "NOT_ASKABLE": (
            "表单不能使用字段“{value}”；请选择文本、日期、数字或选项类字段",
            "A form cannot ask for “{value}”; choose a field with text, a day, a number or choices",
        ),
        "ASKED_TWICE": ("字段“{value}”重复；请保留一个", "“{value}” is asked for twice; keep one of them"),
        "NOT_AN_ORIGIN": (
            "“{value}”不是网站地址，应如 https://www.example.com",
            "“{value}” is not a site's address such as https://www.example.com",
        ),
        "CONSENT_REQUIRED": ("请勾选同意", "Please tick the box if you agree"),
        "FORM_TOO_FAST": ("提交过快，请稍等几秒后再次提交", "That was quick; wait a few seconds and send it again"),
        "FORM_STALE": ("页面已过期，请再次提交", "The page is out of date; send it again"),
    }
)

# Kinds that a page without scripts can ask for.
_OWN_KINDS = frozenset({"text", "long_text", "email", "phone", "url", "integer", "date", "choice", "choices"})
_CUSTOM_KINDS = _OWN_KINDS | {"decimal", "percent", "boolean"}
# What is the organization's to decide.
_INTERNAL = frozenset(
    {"status", "disqualify_reason", "rating", "source", "campaign", "next_contact_date", "account_id"}
)
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?", re.IGNORECASE)
MOST_FIELDS = 50
MOST_ORIGINS = 20


def askable(target: Resource, definitions: Definitions) -> dict[str, FieldContract]:
    """Fields that a form may ask for, by name."""
    own = {name: binding.contract for name, binding in target.bindings.items() if name not in _INTERNAL}
    found: dict[str, FieldContract] = {
        name: field for name, field in own.items() if field.kind in _OWN_KINDS and not field.output_only
    }
    found |= {
        field.name: field
        for field in definitions.values()
        if field.kind in _CUSTOM_KINDS and not field.output_only and not field.reference
    }
    return {name: field for name, field in found.items() if not field.reference}


def settle(values: dict[str, Any]) -> None:
    """The name is always asked for, first unless it is put elsewhere."""
    lines = [dict(line) for line in values["fields"] or []]
    if not any(line["field"] == "name" for line in lines):
        lines.insert(0, {"field": "name", "required": True, "label": None})
    for line in lines:
        line["required"] = bool(line.get("required")) or line["field"] == "name"
    values["fields"] = lines


def wrong_fields(lines: Iterable[Mapping[str, Any]], known: Mapping[str, FieldContract]) -> Iterator[Violation]:
    """Fields that a form cannot ask for, or asks for twice."""
    seen: set[str] = set()
    for number, line in enumerate(lines):
        name = str(line["field"])
        if number >= MOST_FIELDS:
            yield Violation("fields", "TOO_MANY", {"maximum": MOST_FIELDS})
            return
        if name not in known:
            yield Violation(f"fields[{number}].field", "NOT_ASKABLE", {"value": name[:60]})
        elif name in seen:
            yield Violation(f"fields[{number}].field", "ASKED_TWICE", {"value": name[:60]})
        seen.add(name)


def origins(text: str | None) -> list[str]:
    """The sites in a text, one a line."""
    return [origin.rstrip("/").lower() for origin in (text or "").split()]


def wrong_origins(text: str | None) -> Iterator[Violation]:
    """Sites that are none."""
    found = origins(text)
    if len(found) > MOST_ORIGINS:
        yield Violation("allowed_origins", "TOO_MANY", {"maximum": MOST_ORIGINS})
    for origin in found:
        if not _ORIGIN.fullmatch(origin):
            yield Violation("allowed_origins", "NOT_AN_ORIGIN", {"value": origin[:80]})
