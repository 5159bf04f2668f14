"""Lists of small objects in a record: further phones, e-mails and addresses."""

from typing import Any

import pytest

from tests.services.harness import Client, Running, Tenant, refused

ADDRESS = {"type": "billing", "province": "浙江", "city": "杭州", "street": "文三路 1 号", "postal_code": "310000"}


def contact(client: Client, **fields: Any) -> Any:
    return client.call("CreateContact", contact={"name": "张伟", **fields})


def found(client: Client, words: str) -> list[str]:
    return [hit.id for hit in client.call("Search", query=words, modules=["contacts"]).hits]


def test_round(client: Client) -> None:
    """As they mean, in their order; a line that says nothing is none."""
    made = contact(
        client,
        phones=[{"type": "work", "number": "0571-8888 6666"}, {"type": "home"}, {"number": "138 0013 8000"}],
        emails=[{"type": "personal", "address": "Wei@Example.com"}],
        addresses=[ADDRESS],
    )
    read = client.call("GetContact", id=made.id)
    assert [("work", "+8657188886666"), ("", "+8613800138000")] == [(one.type, one.number) for one in read.phones]
    assert ["wei@example.com"] == [one.address for one in read.emails]
    assert ADDRESS == {name: getattr(read.addresses[0], name) for name in ADDRESS}
    assert read == client.call("ListContacts").contacts[0]


@pytest.mark.parametrize(
    ("fields", "violation"),
    [
        ({"phones": [{"number": "13800138000"}, {"number": "none"}]}, ("phones[1].number", "INVALID_PHONE")),
        ({"phones": [{"type": "pager", "number": "13800138000"}]}, ("phones[0].type", "UNKNOWN_CHOICE")),
        ({"emails": [{"address": "nobody"}]}, ("emails[0].address", "INVALID_EMAIL")),
        ({"addresses": [{"city": "x" * 101}]}, ("addresses[0].city", "TOO_LONG")),
        ({"phones": [{"number": "13800138000"}] * 201}, ("phones", "TOO_MANY")),
    ],
)
def test_refused(client: Client, fields: dict[str, Any], violation: tuple[str, str]) -> None:
    """The line and its field are named."""
    assert [violation] == refused(contact, client, **fields).violations


def test_changed_as_a_whole(client: Client) -> None:
    """An update that names them puts the new list in place of the old one; one that does not leaves them."""
    made = contact(client, phones=[{"number": "13800138000"}], emails=[{"address": "a@example.com"}])
    wanted = {"id": made.id, "etag": made.etag, "phones": [{"number": "13900139000"}]}
    changed = client.call("UpdateContact", contact=wanted, update_mask={"paths": ["phones"]})
    assert ["+8613900139000"] == [one.number for one in changed.phones]
    assert ["a@example.com"] == [one.address for one in changed.emails]
    same = client.call("UpdateContact", contact={**wanted, "etag": changed.etag}, update_mask={"paths": ["phones"]})
    assert changed.etag == same.etag


def test_searched(client: Client, customers: Running, tenant: Tenant) -> None:
    """By a phone's tail, an address, a city in pinyin; not by whom the field is hidden from."""
    made = contact(
        client, phones=[{"number": "13800138765"}], emails=[{"address": "wei@example.com"}], addresses=[ADDRESS]
    )
    for words in ("8765", "wei@example", "文三路", "hangzhou"):
        assert [made.id] == found(client, words), words
    tenant.role("clerk", [("contacts", "view", "all")], [("contacts", "phones", "hidden")])
    clerk = customers.client(tenant, tenant.user("C", "clerk"))
    assert [] == found(clerk, "8765")
    assert [made.id] == found(clerk, "文三路")
    assert not clerk.call("GetContact", id=made.id).phones
