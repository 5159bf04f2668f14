"""Channels: a test that tells what the server said."""

import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.client import Client


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-CN", "服务器不在公网上，本系统不允许使用内网地址"), ("en", "The server is not at a public address")],
)
def test_a_channel_is_tried_and_the_answer_shown(client: Callable[..., Client], language: str, words: str) -> None:
    """From the channel's page, on a phone, too; an inner address is refused in words that say what to do."""
    person = client(language=language, width=390, height=844)
    person.page.set_extra_http_headers({"Accept-Language": language})
    made = person.create(
        "channels", name=f"SMS {uuid.uuid4().hex[:6]}", kind="sms", url="http://127.0.0.1:1/send?to={to}&text={text}"
    )
    page = person.open(f"/channels/{made['id']}").page
    person.button("channel.test").click()
    page.get_by_label(person.t("channel.toNumber")).fill("13800138000")
    person.button("channel.send").click()
    expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()
    assert 0 == person.overflow()


def test_a_form_asks_for_what_the_kind_needs(client: Callable[..., Client]) -> None:
    """The fields of one kind of channel stand there when that kind is chosen, and no others."""
    person = client()
    page = person.open("/channels/new").page
    shown = page.locator("[data-field]")
    common = ["name", "kind", "password"]
    email, sms = ["sender", "host", "port"], ["url", "method", "headers"]

    def names() -> set[str]:
        return {each.get_attribute("data-field") or "" for each in shown.all()}

    assert names().isdisjoint([*email, *sms])
    for kind, asked, others in (("E-mail", email, sms), ("SMS", sms, email)):
        person.choose("Kind", kind)
        expect(page.locator(f"[data-field={asked[0]}]")).to_be_visible()
        assert names() >= {*common, *asked}
        assert names().isdisjoint(others)
