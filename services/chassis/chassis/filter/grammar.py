"""Text to tree: AIP-160's grammar, with unquoted times and date arithmetic added.

`AND` binds less tightly than `OR`; blanks between two factors mean AND; `field = (a OR b)` is
distributed here, so that the tree knows single comparisons only.
"""

import re
from typing import cast

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from chassis.filter.errors import FilterError
from chassis.filter.tree import (
    EVERYTHING,
    And,
    Call,
    Comparison,
    Condition,
    Literal,
    Node,
    Not,
    Or,
    Search,
    Shift,
    Value,
)

MAX_BYTES = 8192
MAX_DEPTH = 32
MAX_TERMS = 100

_GRAMMAR = r"""
start: [expression]
expression: sequence (_AND sequence)*
sequence: factor+
factor: term (_OR term)*
term: (NOT | MINUS)? (restriction | composite)
composite: "(" expression ")"
restriction: (member | function) (COMPARATOR (member | negative | function | composite))?
negative: MINUS member
member: (TEXT | STRING | TIME) ("." (TEXT | STRING | _AND | _OR | NOT))*
function: NAME "(" [argument ("," argument)*] ")" SHIFT*
?argument: member | negative | function

_AND: "AND"
_OR: "OR"
NOT: "NOT"
MINUS: "-"
COMPARATOR: "<=" | ">=" | "!=" | "=" | "<" | ">" | ":"
TIME.3: /\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:\d{2})?/
SHIFT.2: /[+-][ \t]*\d{1,9}(?:mo|[smhdwy])(?![\w.*])/
NAME.2: /(?!(?:AND|OR|NOT)\()[A-Za-z_][A-Za-z0-9_]{0,63}(?=\()/
STRING: /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/s
TEXT: /(?:[^\s"'()=!<>:,.+\-\\]|\\.)(?:[^\s"'()=!<>:,.\\]|\\.)*/
%import common.WS
%ignore WS
"""
_PARSER = Lark(_GRAMMAR, parser="lalr", lexer="contextual", keep_all_tokens=False, maybe_placeholders=False)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_SHIFT = re.compile(r"([+-])[ \t]*(\d+)(\w+)")
_SPLIT = re.compile(r"\\(.)|(\*)|([^\\*]+)", re.DOTALL)


def parse(text: str) -> Node:
    """The tree of a filter; an empty text is true of every record.

    Raises FilterError for text over 8 KiB, more than 32 nested parentheses or 100 conditions, and
    for anything the grammar does not know. Takes time linear in the length.
    """
    if (bad := _UNSTORABLE.search(text)) is not None:
        raise FilterError("FILTER_CHARACTER", bad.start())
    if len(text.encode()) > MAX_BYTES:
        raise FilterError("FILTER_TOO_LONG", limit=MAX_BYTES)
    tree = _read(text)
    if not tree.children:
        return EVERYTHING
    node = _expression(cast("Tree[Token]", tree.children[0]))
    if _leaves(node) > MAX_TERMS:
        raise FilterError("FILTER_TOO_MANY_TERMS", limit=MAX_TERMS)
    return node


def _read(text: str) -> Tree[Token]:
    parser = _PARSER.parse_interactive(text)
    depth = 0
    try:
        for token in parser.iter_parse():
            depth += (token.type == "LPAR") - (token.type == "RPAR")
            if depth > MAX_DEPTH:
                raise FilterError("FILTER_TOO_DEEP", token.start_pos or 0, limit=MAX_DEPTH)
        return cast("Tree[Token]", parser.feed_eof())  # type: ignore[no-untyped-call]
    except UnexpectedCharacters as error:
        position = error.pos_in_stream or 0
        raise FilterError("FILTER_SYNTAX", position, text[position : position + 20]) from None
    except UnexpectedToken as error:
        if error.token.type == "$END":
            raise FilterError("FILTER_INCOMPLETE", len(text)) from None
        raise FilterError("FILTER_SYNTAX", error.token.start_pos or 0, str(error.token)[:20]) from None
    except UnexpectedInput as error:  # pragma: no cover - lark's base class, for what it may yet add
        raise FilterError("FILTER_SYNTAX", error.pos_in_stream or 0) from None


def _leaves(node: Node) -> int:
    if isinstance(node, And | Or):
        return sum(map(_leaves, node.parts))
    return _leaves(node.part) if isinstance(node, Not) else 1


def _trees(tree: Tree[Token]) -> list[Tree[Token]]:
    return [child for child in tree.children if isinstance(child, Tree)]


def _all(parts: list[Node]) -> Node:
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _expression(tree: Tree[Token]) -> Node:
    return _all([_all([_factor(factor) for factor in _trees(sequence)]) for sequence in _trees(tree)])


def _factor(tree: Tree[Token]) -> Node:
    terms = [_term(term) for term in _trees(tree)]
    return terms[0] if len(terms) == 1 else Or(tuple(terms))


def _term(tree: Tree[Token]) -> Node:
    inner = _trees(tree)[0]
    node = _expression(_trees(inner)[0]) if inner.data == "composite" else _restriction(inner)
    return Not(node) if len(tree.children) > 1 else node


def _restriction(tree: Tree[Token]) -> Node:
    left = cast("Tree[Token]", tree.children[0])
    if len(tree.children) == 1:
        return Condition(_call(left)) if left.data == "function" else Search(_literal(left))
    operator, right = cast("Token", tree.children[1]), cast("Tree[Token]", tree.children[2])
    if left.data == "function":
        raise FilterError("FILTER_SYNTAX", operator.start_pos or 0, str(operator))
    path = tuple(_literal_of([child]).text for child in left.children)
    position = cast("Token", left.children[0]).start_pos or 0
    if right.data != "composite":
        return Comparison(path, str(operator), _value(right), position)
    inner = _expression(_trees(right)[0])
    if operator == "!=":  # unless it equals any of them
        return Not(_distribute(path, "=", inner, position))
    return _distribute(path, str(operator), inner, position)


def _distribute(path: tuple[str, ...], operator: str, node: Node, position: int) -> Node:
    """`stage = (a OR b)` as `stage = a OR stage = b`."""
    if isinstance(node, And | Or):
        return type(node)(tuple(_distribute(path, operator, part, position) for part in node.parts))
    if isinstance(node, Not):
        return Not(_distribute(path, operator, node.part, position))
    if isinstance(node, Comparison):
        raise FilterError("FILTER_SYNTAX", node.position, node.field)
    return Comparison(path, operator, node.value if isinstance(node, Search) else node.call, position)


def _value(tree: Tree[Token] | Token) -> Value:
    assert isinstance(tree, Tree)
    if tree.data == "function":
        return _call(tree)
    if tree.data == "negative":
        sign, member = cast("Token", tree.children[0]), _literal(cast("Tree[Token]", tree.children[1]))
        return Literal((f"-{member.parts[0]}", *member.parts[1:]), member.quoted, sign.start_pos or 0)
    return _literal(tree)


def _call(tree: Tree[Token]) -> Call:
    name = cast("Token", tree.children[0])
    shifts = tuple(
        Shift(-int(match.group(2)) if match.group(1) == "-" else int(match.group(2)), match.group(3))
        for token in tree.children
        if isinstance(token, Token) and token.type == "SHIFT" and (match := _SHIFT.fullmatch(token))
    )
    return Call(str(name), tuple(_value(child) for child in _trees(tree)), shifts, name.start_pos or 0)


def _literal(tree: Tree[Token]) -> Literal:
    return _literal_of(cast("list[Token]", tree.children))


def _literal_of(tokens: "list[Token] | list[Tree[Token] | Token]") -> Literal:
    """Members joined by points are one literal where a value is wanted: `example.com`, `12.50`."""
    parts = [""]
    for index, token in enumerate(tokens):
        assert isinstance(token, Token)
        if index:
            parts[-1] += "."
        inner = token[1:-1] if token.type == "STRING" else str(token)
        for escaped, star, plain in _SPLIT.findall(inner):
            if star:
                parts.append("")
            else:
                parts[-1] += escaped or plain
    first = tokens[0]
    assert isinstance(first, Token)
    return Literal(tuple(parts), first.type == "STRING", first.start_pos or 0)
