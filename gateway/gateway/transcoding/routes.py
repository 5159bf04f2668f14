"""Path templates of `google.api.http` and the trie they are looked up in.

A request is matched segment by segment: literals before variables, with a step back when a literal leads nowhere
(`GET /sessions/current` and `DELETE /sessions/{id}` live side by side). One dictionary look-up a segment, however
many routes there are.
"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from chassis.contract import OWN_PREFIX


class TemplateError(ValueError):
    """The contract's path is not one this gateway understands; found at start, never by a request."""


@dataclass(frozen=True, slots=True)
class Template:
    """`/api/v1/accounts/{account.id}:undelete`, taken apart. A variable fills one segment."""

    text: str
    segments: tuple[str, ...]  # literals; "" where a variable stands
    variables: tuple[str, ...]  # field paths, in order
    verb: str

    @classmethod
    def parse(cls, text: str) -> "Template":
        """Raises TemplateError for wildcards, which no Guanxi contract needs."""
        if not text.startswith("/") or "*" in text or "=" in text:
            raise TemplateError(f"unsupported path template: {text}")
        path, verb = text, ""
        last = text.rpartition("/")[2]
        if ":" in last:
            path, _, verb = text.rpartition(":")
        segments: list[str] = []
        variables: list[str] = []
        for segment in path.strip("/").split("/"):
            if segment.startswith("{") and segment.endswith("}"):
                variables.append(segment[1:-1])
                segments.append("")
            elif not segment or "{" in segment or "}" in segment:
                raise TemplateError(f"unsupported path template: {text}")
            else:
                segments.append(segment)
        return cls(text, tuple(segments), tuple(variables), verb)

    @property
    def names(self) -> tuple[str, ...]:
        """Variables as callers know them: `account.id` is `id`, unless the path has two of that name."""
        last = [variable.rpartition(".")[2] for variable in self.variables]
        if len(set(last)) == len(last):
            return tuple(last)
        return tuple(variable.replace(".", "_") for variable in self.variables)

    @property
    def public(self) -> str:
        """The template with those names: `/api/v1/accounts/{id}:undelete`."""
        names = iter(self.names)
        path = "".join(f"/{segment}" if segment else f"/{{{next(names)}}}" for segment in self.segments)
        return f"{path}:{self.verb}" if self.verb else path


# `/api/v1/{module}`: records of the modules that organizations make, whose names all begin alike. Whatever else stands
# there is a collection that has routes of its own, or none.
_COLLECTION = 2
_MODULE = "module"


@dataclass(slots=True)
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    variable: "_Node | None" = None
    prefix: str = ""  # of what the variable takes
    targets: dict[str, dict[str, Any]] = field(default_factory=dict)  # verb → HTTP method → target


@dataclass(frozen=True, slots=True)
class Match:
    """What a path leads to: `target` for the method, or the methods it does take."""

    target: Any
    values: tuple[str, ...]
    methods: tuple[str, ...]


class Routes:
    """All routes of the gateway's API."""

    def __init__(self) -> None:
        self._root = _Node()

    def add(self, method: str, template: Template, target: Any) -> None:
        """Raises TemplateError when the route is taken."""
        node = self._root
        variables = iter(template.variables)
        for depth, segment in enumerate(template.segments):
            if segment:
                node = node.literals.setdefault(segment, _Node())
            else:
                own = next(variables) == _MODULE and depth == _COLLECTION
                node.variable = node.variable or _Node(prefix=OWN_PREFIX if own else "")
                node = node.variable
        targets = node.targets.setdefault(template.verb, {})
        if method in targets:
            raise TemplateError(f"two routes for {method} {template.text}")
        targets[method] = target

    def match(self, method: str, raw_path: bytes) -> Match:
        """Find the target of a request. Segments are split before they are decoded, so `%2F` stays in its value."""
        path = raw_path.decode("latin-1")
        segments = path.removeprefix("/").split("/")
        head, colon, verb = segments[-1].rpartition(":")
        methods: set[str] = set()
        if colon:
            found = self._walk(method, [*segments[:-1], head], verb, methods)
            if found is not None:
                return found
        found = self._walk(method, segments, "", methods)
        return found or Match(None, (), tuple(sorted(methods)))

    def _walk(self, method: str, segments: list[str], verb: str, methods: set[str]) -> Match | None:
        """Depth first, literals before variables; `methods` gathers what the path would take."""
        waiting: list[tuple[_Node, int, tuple[str, ...]]] = [(self._root, 0, ())]
        while waiting:
            node, depth, values = waiting.pop()
            if depth == len(segments):
                targets = node.targets.get(verb, {})
                if method in targets:
                    return Match(targets[method], values, ())
                methods.update(targets)
                continue
            segment = segments[depth]
            if node.variable is not None and segment and segment.startswith(node.variable.prefix):
                waiting.append((node.variable, depth + 1, (*values, segment)))
            literal = node.literals.get(segment)
            if literal is not None:
                waiting.append((literal, depth + 1, values))
        return None


def decoded(segment: str) -> str | None:
    """A path segment's text; None when it is not UTF-8."""
    if "%" not in segment:
        return segment if segment.isascii() else _utf8(segment.encode("latin-1"))
    return _utf8(unquote_to_bytes(segment.encode("latin-1")))


def _utf8(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
