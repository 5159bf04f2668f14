"""The page of a web form, as HTML. Everything that comes from elsewhere is escaped."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

_TEXTS = {
    "zh": {
        "send": "提交",
        "sent": "提交成功，谢谢！",
        "required": "请填写此项",
        "optional": "（选填）",
        "choose": "请选择",
        "wrong": "有内容需要修改，请检查标出的字段。",
        "missing": "此表单不可用",
        "nickname": "请勿填写此项",
    },
    "en": {
        "send": "Send",
        "sent": "Thank you. We have received it.",
        "required": "Please fill this in",
        "optional": " (optional)",
        "choose": "Please choose",
        "wrong": "Something needs another look: see the marked fields.",
        "missing": "This form is not available",
        "nickname": "Leave this empty",
    },
}
_TYPES = {"email": "email", "phone": "tel", "url": "text", "integer": "number", "date": "date"}
_FILLED = {
    "name": "name",
    "email": "email",
    "phone": "tel",
    "company": "organization",
    "job_title": "organization-title",
}
_STYLE = """
:root{color-scheme:light dark;font:16px/1.5 system-ui,-apple-system,"PingFang SC","Microsoft YaHei",sans-serif}
body{margin:0;padding:20px;display:flex;justify-content:center}
main{width:100%;max-width:560px}
h1{font-size:1.4rem;margin:0 0 .5rem}
p{white-space:pre-line;margin:.3rem 0;overflow-wrap:anywhere}
label,legend{display:block;font-weight:600;margin:1rem 0 .25rem;padding:0}
fieldset{border:0;margin:0;padding:0}
input:not([type=checkbox]),select,textarea{width:100%;box-sizing:border-box;font:inherit;padding:.5rem .6rem;border:1px solid #8a8f98;border-radius:6px}
label.box{font-weight:400;display:flex;gap:.5rem;align-items:flex-start;margin:.4rem 0;white-space:pre-line}
label.box input{margin-top:.35rem}
.optional{font-weight:400;color:#6b7280}
.wrong{color:#c92a2a;margin:.2rem 0 0}
.alert{border:1px solid #c92a2a;border-radius:6px;padding:.5rem .75rem;color:#c92a2a}
button{font:inherit;margin-top:1.25rem;padding:.55rem 1.5rem;border:0;border-radius:6px;background:#0b6e4f;color:#fff;cursor:pointer}
.nickname{position:absolute;left:-10000px;width:1px;height:1px;overflow:hidden}
"""

Violation = Mapping[str, str]


@dataclass(frozen=True)
class Page:
    """A form, and how far somebody is with it."""

    form: Any
    stamp: str = ""
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # Field → what is wrong with it.
    wrong: Mapping[str, Violation] = field(default_factory=dict)
    agreed: bool = False
    sent: bool = False


def nonce() -> str:
    """A mark for the page's own style."""
    return secrets.token_urlsafe(16)


def drawn(page: Page, language: str, mark: str) -> str:
    """The whole page."""
    words, form = _TEXTS[language], page.form
    if page.sent:
        content = f'<p role="status">{escape(form.success_text or words["sent"])}</p>'
    else:
        content = _form(page, words)
    introduction = f"<p>{escape(form.description)}</p>" if form.description and not page.sent else ""
    return _document(form.title, f"<h1>{escape(form.title)}</h1>{introduction}{content}", language, mark)


def missing(detail: str, status: int, language: str, mark: str) -> str:
    """The page where there is no form to show."""
    title = _TEXTS[language]["missing"]
    said = "" if status == 404 else f"<p>{escape(detail)}</p>"
    return _document(title, f"<h1>{escape(title)}</h1>{said}", language, mark)


def _document(title: str, body: str, language: str, mark: str) -> str:
    lang = "zh-CN" if language == "zh" else "en"
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(title)}</title>'
        f'<style nonce="{mark}">{_STYLE}</style></head><body><main>{body}</main></body></html>'
    )


def _form(page: Page, words: Mapping[str, str]) -> str:
    parts = ['<form method="post" action="?">', f'<input type="hidden" name="stamp" value="{escape(page.stamp)}">']
    if page.wrong:
        said = page.wrong["stamp"]["description"] if "stamp" in page.wrong else words["wrong"]
        parts.append(f'<p class="alert" role="alert">{escape(said)}</p>')
    parts += [_field(one, page, words) for one in page.form.fields]
    if page.form.consent_text:
        parts.append(_box("consent", page.form.consent_text, "1", page.agreed, required=True))
        parts.append(_wrong(page.wrong.get("consent"), "", words))
    parts.append(
        f'<div class="nickname" aria-hidden="true"><label>{words["nickname"]}'
        '<input name="nickname" tabindex="-1" autocomplete="off"></label></div>'
        f'<button type="submit">{words["send"]}</button></form>'
    )
    return "".join(parts)


def _field(one: Any, page: Page, words: Mapping[str, str]) -> str:
    values = list(page.values.get(one.name, ()))
    name, wrong = escape(f"f.{one.name}"), page.wrong.get(one.name)
    optional = "" if one.required else f'<span class="optional">{words["optional"]}</span>'
    label = f"{escape(one.label)}{optional}"
    if one.kind == "boolean":
        box = _box(name, one.label, "true", "true" in values, required=one.required)
        return box + _wrong(wrong, one.label, words)
    if one.kind == "choices":
        boxes = "".join(_box(name, choice.label, choice.value, choice.value in values) for choice in one.choices)
        return f"<fieldset><legend>{label}</legend>{boxes}</fieldset>{_wrong(wrong, one.label, words)}"
    marks = f' id="{name}" name="{name}"{" required" if one.required else ""}'
    if wrong:
        marks += f' aria-invalid="true" aria-describedby="{name}-wrong"'
    value = values[0] if values else ""
    return (
        f'<label for="{name}">{label}</label>{_input(one, value, marks, words)}{_wrong(wrong, one.label, words, name)}'
    )


def _input(one: Any, value: str, marks: str, words: Mapping[str, str]) -> str:
    if one.kind == "choice":
        options = "".join(
            f'<option value="{escape(choice.value)}"{" selected" if choice.value == value else ""}>{escape(choice.label)}</option>'
            for choice in one.choices
        )
        return f'<select{marks}><option value="">{words["choose"]}</option>{options}</select>'
    longest = f' maxlength="{one.max_length}"' if one.max_length else ""
    if one.kind == "long_text":
        return f'<textarea{marks}{longest} rows="4">{escape(value)}</textarea>'
    kind = _TYPES.get(one.kind, "text")
    filled = f' autocomplete="{_FILLED[one.name]}"' if one.name in _FILLED else ""
    return f'<input type="{kind}"{marks}{longest if kind not in ("number", "date") else ""}{filled} value="{escape(value)}">'


def _box(name: str, label: str, value: str, checked: bool, *, required: bool = False) -> str:
    marks = f"{' checked' if checked else ''}{' required' if required else ''}"
    return (
        f'<label class="box"><input type="checkbox" name="{name}" value="{escape(value)}"{marks}>'
        f"<span>{escape(label)}</span></label>"
    )


def _wrong(violation: Violation | None, label: str, words: Mapping[str, str], name: str = "") -> str:
    if violation is None:
        return ""
    said = violation.get("description", "")
    if violation.get("reason") == "REQUIRED":
        said = words["required"]
    said = said.replace(f"“{violation.get('field', '')}”", f"“{label}”") if label else said
    mark = f' id="{name}-wrong"' if name else ""
    return f'<p class="wrong"{mark}>{escape(said)}</p>'
