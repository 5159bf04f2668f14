"""Path templates lead where the contracts say, whatever else shares their beginnings."""

import pytest

from chassis.texts import language_of
from gateway.texts import TEXTS, TITLES
from gateway.transcoding.routes import Match, Routes, Template, TemplateError, decoded


def routes(*pairs: str) -> Routes:
    made = Routes()
    for pair in pairs:
        method, _, template = pair.partition(" ")
        made.add(method, Template.parse(template), pair)
    return made


@pytest.mark.parametrize(
    ("method", "path", "target", "values"),
    [
        ("GET", b"/v1/a", "GET /v1/a", ()),
        ("GET", b"/v1/a/1", "GET /v1/a/{id}", ("1",)),
        ("GET", b"/v1/a/current", "GET /v1/a/current", ()),
        ("DELETE", b"/v1/a/current", "DELETE /v1/a/{id}", ("current",)),
        ("POST", b"/v1/a:batch", "POST /v1/a:batch", ()),
        ("POST", b"/v1/a/1:undo", "POST /v1/a/{id}:undo", ("1",)),
        ("GET", b"/v1/a/1:undo", "GET /v1/a/{id}", ("1:undo",)),
        ("GET", b"/v1/a/1%3Aundo", "GET /v1/a/{id}", ("1%3Aundo",)),
        ("GET", b"/v1/a/1/b/2", "GET /v1/a/{a.id}/b/{id}", ("1", "2")),
        ("GET", b"/v1/a/current/b/2", "GET /v1/a/{a.id}/b/{id}", ("current", "2")),
        ("GET", b"/v1/a/", None, ()),
        ("GET", b"/v1/a//b/2", None, ()),
        ("GET", b"/", None, ()),
    ],
)
def test_a_request_finds_its_route(method: str, path: bytes, target: str | None, values: tuple[str, ...]) -> None:
    """Literals go before variables, verbs belong to the last segment, empty segments are none."""
    table = routes(
        "GET /v1/a", "GET /v1/a/{id}", "GET /v1/a/current", "DELETE /v1/a/{id}", "POST /v1/a:batch",
        "POST /v1/a/{id}:undo", "GET /v1/a/{a.id}/b/{id}",
    )  # fmt: skip
    match = table.match(method, path)
    assert (match.target, match.values) == (target, values)


def test_a_wrong_method_learns_the_right_ones() -> None:
    """What the path would take is gathered from every branch."""
    table = routes("GET /a/current", "DELETE /a/{id}", "PATCH /a/{id}")
    assert table.match("PUT", b"/a/current") == Match(None, (), ("DELETE", "GET", "PATCH"))


@pytest.mark.parametrize(
    ("method", "path", "target"),
    [
        ("GET", b"/api/v1/c_project", "GET /api/v1/{module}"),
        ("GET", b"/api/v1/c_project/1", "GET /api/v1/{module}/{id}"),
        ("GET", b"/api/v1/accounts", "GET /api/v1/accounts"),
        ("GET", b"/api/v1/accounts/1", None),
        ("GET", b"/api/v1/nothing", None),
        ("GET", b"/api/v1/%63_project", None),
        ("GET", b"/api/v1/boards/tickets", "GET /api/v1/boards/{module}"),
    ],
)
def test_modules_of_organizations_are_told_by_their_names(method: str, path: bytes, target: str | None) -> None:
    """A collection that is none of ours is one of theirs only where it is called as theirs are."""
    table = routes(
        "GET /api/v1/{module}", "GET /api/v1/{module}/{id}", "GET /api/v1/accounts", "GET /api/v1/boards/{module}"
    )
    assert table.match(method, path).target == target


@pytest.mark.parametrize("template", ["a", "/a/*", "/a/**", "/{name=a/*}", "/a/{b", "/a//b", "/a/x{b}"])
def test_a_template_it_cannot_serve_is_refused_at_start(template: str) -> None:
    """A contract that the gateway does not understand never becomes a route that half works."""
    with pytest.raises(TemplateError):
        Template.parse(template)


def test_two_contracts_cannot_share_a_route() -> None:
    """The second is refused at start."""
    with pytest.raises(TemplateError):
        routes("GET /a/{id}", "GET /a/{name}")


def test_segments_are_text() -> None:
    """Percent escapes are UTF-8, or nothing."""
    assert decoded("%E5%BC%A0a%2Fb") == "张a/b"
    assert decoded("%ff") is None


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh-CN;q=0.8", "en"),
        ("fr,zh;q=0.5", "zh"),
        ("en;q=0.1,zh;q=0.9", "zh"),
        ("zh;q=0", "en"),
        ("zh;q=x", "en"),
        ("*", "en"),
        ("zhx, enm;q=0.9", "en"),
    ],
)
def test_the_preferred_language_of_ours_is_taken(header: str, language: str) -> None:
    """Weights count (RFC 9110), unknown languages do not, English is what remains."""
    assert language_of(header) == language


def test_every_sentence_is_there_twice() -> None:
    """Both languages, with the same values in them."""
    import string

    for key, (zh, en) in [*TEXTS.items(), *TITLES.items()]:
        assert zh, key
        assert en, key
        names = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (zh, en)]
        assert names[0] == names[1], key
