"""Web forms as a browser without scripts and cookies meets them."""

from collections.abc import Callable, Iterator
from typing import Any

import grpc
import httpx
import pytest

from guanxi.customers.v1 import forms_pb2
from tests.gateway.conftest import Gateway
from tests.gateway.services import RefusedError

TOKEN = "0190aaaa00007000800000000000000f.secret"
SITE = "https://www.example.com"
SHOWN = forms_pb2.PublicForm(
    title="<Contact> us",
    description="We answer within a day.",
    fields=[
        forms_pb2.PublicField(name="name", kind="text", label="Name", required=True, max_length=500),
        forms_pb2.PublicField(name="email", kind="email", label="E-mail"),
        forms_pb2.PublicField(
            name="industry", kind="choice", label="Industry", choices=[forms_pb2.PublicChoice(value="it", label="IT")]
        ),
        forms_pb2.PublicField(name="custom.newsletter", kind="boolean", label="Newsletter"),
    ],
    consent_text="I agree.",
    allowed_origins=[SITE],
    stamp="stamp-1",
)


@pytest.fixture
def forms(gateway: Gateway) -> Iterator[dict[str, Callable[..., Any]]]:
    """The handlers of customers, which a test may replace."""

    def show(request: Any, _received: Any) -> Any:
        if request.token != TOKEN:
            raise RefusedError(grpc.StatusCode.NOT_FOUND, "NOT_FOUND", "The record does not exist")
        return SHOWN

    handlers: dict[str, Callable[..., Any]] = {
        "PublicFormService.GetPublicForm": show,
        "PublicFormService.SubmitPublicForm": lambda _request, _received: forms_pb2.SubmitPublicFormResponse(),
    }
    gateway.customers.handlers.update(handlers)
    yield gateway.customers.handlers
    for name in handlers:
        del gateway.customers.handlers[name]


@pytest.fixture
def visitor(gateway: Gateway, forms: Any) -> httpx.Client:
    """Somebody at another site."""
    return gateway.client(headers={"accept-language": "en"})


def test_page(visitor: httpx.Client) -> None:
    """The page holds what the form asks for, escaped, in the visitor's language, and sets no cookie."""
    answer = visitor.get(f"/f/{TOKEN}")
    assert (200, "no-store") == (answer.status_code, answer.headers["cache-control"])
    assert "&lt;Contact&gt; us" in answer.text
    assert '<html lang="en">' in answer.text
    assert 'value="stamp-1"' in answer.text
    assert '<input type="email" id="f.email" name="f.email"' in answer.text
    assert '<option value="it">IT</option>' in answer.text
    assert "set-cookie" not in answer.headers
    assert '<html lang="zh-CN">' in visitor.get(f"/f/{TOKEN}", headers={"accept-language": "zh-CN"}).text


def test_policy(visitor: httpx.Client) -> None:
    """Only the form's own sites may frame it; it runs nothing and sends nowhere else."""
    policy = visitor.get(f"/f/{TOKEN}").headers["content-security-policy"]
    assert f"frame-ancestors {SITE}" in policy
    assert "default-src 'none'" in policy
    assert "form-action 'self';" in policy
    assert "frame-ancestors 'none'" in visitor.get("/f/nobody.x").headers["content-security-policy"]


def test_sent(gateway: Gateway, visitor: httpx.Client) -> None:
    """What was entered reaches customers by field; the page after it can be loaded again without sending twice."""
    entered = {
        "stamp": "stamp-1", "consent": "1", "nickname": "", "f.name": "张伟", "f.custom.newsletter": "true", "other": "x",
    }  # fmt: skip
    answer = visitor.post(f"/f/{TOKEN}", data=entered)
    assert (303, "?sent=1") == (answer.status_code, answer.headers["location"])
    request = gateway.customers.last("PublicFormService.SubmitPublicForm").request
    assert (TOKEN, "stamp-1", True, "") == (request.token, request.stamp, request.consent, request.nickname)
    assert {"name": ["张伟"], "custom.newsletter": ["true"]} == {
        name: list(texts.values) for name, texts in request.values.items()
    }
    assert "Thank you" in visitor.get(f"/f/{TOKEN}?sent=1").text


def test_page_afterwards(visitor: httpx.Client, forms: dict[str, Any]) -> None:
    """A form may lead to a page of the organization's; the policy lets the browser go there."""
    target = "https://www.example.com/thanks"
    shown = forms_pb2.PublicForm(title="A", redirect_url=target)
    forms["PublicFormService.GetPublicForm"] = lambda _request, _received: shown
    done = forms_pb2.SubmitPublicFormResponse(redirect_url=target)
    forms["PublicFormService.SubmitPublicForm"] = lambda _request, _received: done
    assert target == visitor.post(f"/f/{TOKEN}", data={"f.name": "A"}).headers["location"]
    assert f"form-action 'self' {SITE};" in visitor.get(f"/f/{TOKEN}").headers["content-security-policy"]


def test_refused(visitor: httpx.Client, forms: dict[str, Any]) -> None:
    """What is wrong stands at its field, called as the page calls it; what was typed, and the stamp, stay."""

    def refuse(_request: Any, _received: Any) -> Any:
        violations = [("name", "“name” is required", "REQUIRED"), ("email", "“email” is no address", "INVALID_EMAIL")]
        raise RefusedError(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT", "wrong", *violations)

    forms["PublicFormService.SubmitPublicForm"] = refuse
    answer = visitor.post(f"/f/{TOKEN}", data={"stamp": "mine", "f.email": '"><script>', "consent": "1"})
    assert 400 == answer.status_code
    assert "Please fill this in" in answer.text
    assert "“E-mail” is no address" in answer.text
    assert 'value="mine"' in answer.text
    assert "&quot;&gt;&lt;script&gt;" in answer.text
    assert "<script" not in answer.text


def test_stale(visitor: httpx.Client, forms: dict[str, Any]) -> None:
    """A page that is out of date comes again with a new stamp."""

    def refuse(_request: Any, _received: Any) -> Any:
        raise RefusedError(
            grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT", "", ("stamp", "out of date", "FORM_STALE")
        )

    forms["PublicFormService.SubmitPublicForm"] = refuse
    answer = visitor.post(f"/f/{TOKEN}", data={"stamp": "old", "f.name": "A"})
    assert "out of date" in answer.text
    assert ('value="stamp-1"' in answer.text, 'value="old"' in answer.text) == (True, False)


def test_nothing_there(visitor: httpx.Client) -> None:
    """A form that is not there is a page that says so, and no more."""
    answer = visitor.get("/f/nobody.x")
    assert (404, True) == (answer.status_code, "This form is not available" in answer.text)


def test_limits(visitor: httpx.Client, forms: dict[str, Any]) -> None:
    """A body that no form needs is refused; so is who comes too often, with the time to wait."""
    assert 413 == visitor.post(f"/f/{TOKEN}", data={"f.need": "x" * 300_000}).status_code

    def refuse(_request: Any, _received: Any) -> Any:
        raise RefusedError(grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED", "Too many requests.", wait=7)

    forms["PublicFormService.SubmitPublicForm"] = refuse
    answer = visitor.post(f"/f/{TOKEN}", data={"f.name": "A"})
    assert (429, "7", True) == (answer.status_code, answer.headers["retry-after"], "Too many requests." in answer.text)
