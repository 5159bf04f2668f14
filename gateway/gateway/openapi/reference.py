"""The reference page: the OpenAPI document as plain HTML, without scripts, readable on a phone and on paper.

A link's target is inside its `<details>`: browsers then open it.
"""

from html import escape
from typing import Any

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("Guanxi 接口参考", "Guanxi API reference"),
    "file": ("OpenAPI 3.1 文件", "OpenAPI 3.1 document"),
    "other": ("English", "中文"),
    "parameters": ("参数", "Parameters"),
    "body": ("请求体", "Body"),
    "answer": ("返回", "Answer"),
    "errors": ("错误", "Errors"),
    "schemas": ("数据结构", "Schemas"),
    "permission": ("所需权限", "Permission"),
    "public": ("无需登录", "no log-in"),
    "self": ("登录即可", "any signed-in user"),
    "person": ("登录的本人，程序不可用", "a signed-in user, no program"),
    "required": ("必填", "required"),
    "read_only": ("只读", "read-only"),
    "write_only": ("只写", "write-only"),
    "any_of": ("以下之一", "one of"),
}

STYLE = """\
:root { color-scheme: light dark; --line: #8884; --quiet: #595959; --accent: #0b6b5d; }
@media (prefers-color-scheme: dark) { :root { --quiet: #a6a6a6; --accent: #5fd0bd; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1rem; font: 16px/1.55 system-ui, "Noto Sans CJK SC", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
a { color: var(--accent); }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 1rem 0; }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .5rem 0; }
summary { padding: .5rem .75rem; cursor: pointer; }
details > div { padding: 0 .75rem .75rem; }
code, .path { font-family: ui-monospace, monospace; font-size: .9em; }
pre { white-space: pre-wrap; }
.verb { display: inline-block; min-width: 4.8em; font-weight: 700; color: var(--accent); }
.note { color: var(--quiet); }
table { border-collapse: collapse; width: 100%; } td { border-top: 1px solid var(--line); padding: .3rem .5rem .3rem 0; vertical-align: top; }
@media (max-width: 40rem) { td { display: block; border: 0; padding: 0; } tr { display: block; border-top: 1px solid var(--line); padding: .4rem 0; } }
"""


def render(document: dict[str, Any], language: str) -> str:
    """The whole page."""
    page = _Page(language)
    operations: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for verb, operation in methods.items():
            operations.setdefault(operation["tags"][0], []).append(page.operation(path, verb, operation))
    links = "".join(f'<a href="#{escape(tag)}">{escape(tag)}</a>' for tag in operations)
    sections = "".join(
        f'<section id="{escape(tag)}"><h2>{escape(tag)}</h2>{"".join(shown)}</section>'
        for tag, shown in operations.items()
    )
    schemas = "".join(page.schema(name, schema) for name, schema in document["components"]["schemas"].items())
    other = "en" if language == "zh" else "zh"
    introduction = "".join(f"<p>{_code(part)}</p>" for part in document["info"]["description"].split("\n\n"))
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{page.word("title")}</title><link rel="stylesheet" href="/api/docs.css"></head><body>'
        f'<header><h1>{page.word("title")}</h1><nav><a href="/api/openapi.json">{page.word("file")}</a>'
        f'<a href="/api/docs?lang={other}" hreflang="{other}" lang="{other}">{page.word("other")}</a></nav></header>'
        f'<main>{introduction}<nav>{links}<a href="#schemas">{page.word("schemas")}</a></nav>{sections}'
        f'<section id="schemas"><h2>{page.word("schemas")}</h2>{schemas}</section></main></body></html>'
    )


class _Page:
    def __init__(self, language: str) -> None:
        self._language = language

    def word(self, key: str) -> str:
        return _WORDS[key][0 if self._language == "zh" else 1]

    def operation(self, path: str, verb: str, operation: dict[str, Any]) -> str:
        permission = operation["x-permission"]
        shown = (
            self.word(permission)
            if permission in ("public", "self", "person")
            else f"<code>{escape(permission)}</code>"
        )
        parts = [f"<p>{_code(operation['description'])}</p>" if operation.get("description") else ""]
        parts.append(f'<p class="note">{self.word("permission")}: {shown}</p>')
        if operation["parameters"]:
            rows = "".join(self._parameter(one) for one in operation["parameters"])
            parts.append(f"<h4>{self.word('parameters')}</h4><table>{rows}</table>")
        if body := operation.get("requestBody"):
            parts.append(f"<h4>{self.word('body')}</h4>{self._contents(body['content'])}")
        for status, answer in operation["responses"].items():
            if status != "default":
                contents = self._contents(answer["content"]) if "content" in answer else ""
                parts.append(f"<h4>{self.word('answer')} {status}</h4>{contents}")
        parts.append(f'<p class="note">{self.word("errors")}: <a href="#schema-Problem">Problem</a></p>')
        return (
            f'<details><summary><span class="verb">{verb.upper()}</span>'
            f'<span class="path">{escape(path)}</span> <span class="note">{escape(operation["x-summary"][self._language])}</span></summary>'
            f'<div id="{escape(operation["operationId"])}">{"".join(parts)}</div></details>'
        )

    def schema(self, name: str, schema: dict[str, Any]) -> str:
        title = f' <span class="note">{escape(self._label(schema))}</span>' if self._label(schema) else ""
        described = f"<p>{_code(schema['description'])}</p>" if schema.get("description") else ""
        inner = self._fields(schema) if schema.get("properties") else f"<p>{self._type(schema)}</p>"
        return (
            f"<details><summary><code>{escape(name)}</code>{title}</summary>"
            f'<div id="schema-{escape(name)}">{described}{inner}</div></details>'
        )

    def _fields(self, schema: dict[str, Any]) -> str:
        needed = schema.get("required", [])
        rows = []
        for name, field in schema["properties"].items():
            marks = [self.word("required")] if name in needed else []
            marks += [self.word("read_only")] if field.get("readOnly") else []
            marks += [self.word("write_only")] if field.get("writeOnly") else []
            notes = [self._label(field), *marks, _choices(field), ", ".join(field.get("x-use", []))]
            text = " · ".join(escape(note) for note in notes if note)
            description = f"<br>{_code(field['description'])}" if field.get("description") else ""
            rows.append(
                f"<tr><td><code>{escape(name)}</code></td><td>{self._type(field)}</td>"
                f'<td><span class="note">{text}</span>{description}</td></tr>'
            )
        return f"<table>{''.join(rows)}</table>"

    def _parameter(self, parameter: dict[str, Any]) -> str:
        needed = f' <span class="note">{self.word("required")}</span>' if parameter.get("required") else ""
        described = _code(parameter.get("description", ""))
        return (
            f"<tr><td><code>{escape(parameter['name'])}</code>{needed}</td>"
            f'<td class="note">{escape(parameter["in"])}, {self._type(parameter["schema"])}</td><td>{described}</td></tr>'
        )

    def _contents(self, contents: dict[str, Any]) -> str:
        return "".join(
            f'<p><span class="note">{escape(media_type)}</span> {self._type(content["schema"])}</p>'
            for media_type, content in contents.items()
        )

    def _type(self, schema: dict[str, Any]) -> str:
        """A type in a few words, with a link where it has a name."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return f'<a href="#schema-{escape(name)}"><code>{escape(name)}</code></a>'
        if "anyOf" in schema:
            return f"{self.word('any_of')} " + ", ".join(self._type(one) for one in schema["anyOf"])
        if "allOf" in schema:
            parts = [self._type(one) for one in schema["allOf"] if "$ref" in one]
            needed = [name for one in schema["allOf"] for name in one.get("required", [])]
            return " ".join(parts) + (
                f' <span class="note">{self.word("required")}: {escape(", ".join(needed))}</span>' if needed else ""
            )
        kind = schema.get("type", "")
        if kind == "array":
            return f"[ {self._type(schema['items'])} ]"
        if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
            return f"{{ … : {self._type(schema['additionalProperties'])} }}"
        if kind == "object" and "properties" in schema:
            return f"{{ {', '.join(escape(name) for name in schema['properties'])} }}"
        shown = " | ".join(kind) if isinstance(kind, list) else str(kind)
        return escape(f"{shown} ({schema['format']})" if "format" in schema else shown)

    def _label(self, schema: dict[str, Any]) -> str:
        return str(schema.get("x-label", {}).get(self._language, ""))


def _choices(field: dict[str, Any]) -> str:
    return ", ".join(choice["value"] for choice in field.get("x-choices", []))


def _code(text: str) -> str:
    """Text with `code` in backquotes."""
    parts = escape(text, quote=False).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
