"""The change feed: pages of changes, however many of them one event tells."""

import base64
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from chassis import changes
from chassis.call import system_call
from chassis.events.outbox import MOST_BYTES, Change, emit
from chassis.events.relay import sequence
from guanxi.customers.v1 import accounts_pb2
from tests.services.harness import Client, Refused, Running, Tenant


class Feed:
    """A reader of the feed of accounts."""

    def __init__(self, customers: Running, client: Client) -> None:
        self._database = customers.service.worker_database
        self._client = client
        self.start = self.page("").cursor

    def page(self, cursor: str, page_size: int = 0) -> Any:
        """One page, after all that is committed has its place in the sequence."""
        while sequence(self._database):
            pass
        return self._client.call("ListChanges", module="accounts", cursor=cursor, page_size=page_size)

    def pages(self, page_size: int, cursor: str = "") -> Iterator[Any]:
        """Pages from the start to the end."""
        cursor = cursor or self.start
        while True:
            page = self.page(cursor, page_size)
            yield page
            if not page.more:
                return
            cursor = page.cursor

    def all(self, page_size: int) -> list[tuple[str, bool]]:
        """(id, removed) from the start to the end."""
        return [(item.id, item.removed) for page in self.pages(page_size) for item in page.changes]


@pytest.fixture
def feed(customers: Running, client: Client) -> Feed:
    """An administrator's, that begins now."""
    return Feed(customers, client)


def many(client: Client, count: int, **fields: Any) -> list[str]:
    """Accounts made by one request, which is one event; their ids in its order."""
    rows = [{"name": f"A{number:03}", **fields} for number in range(count)]
    return [item.id for item in client.call("BatchUpsertAccounts", accounts=rows).accounts]


class TestPages:
    def test_one_huge_event(self, client: Client, feed: Feed) -> None:
        """An event of 500 changes is read in pages of 10: nothing is lost, nothing comes twice, the order is kept."""
        made = [client.call("CreateAccount", account={"name": "before"}).id, *many(client, 500)]
        made.append(client.call("CreateAccount", account={"name": "after"}).id)
        pages = list(feed.pages(10))
        assert {10} == {len(page.changes) for page in pages[:-1]}
        assert made == [item.id for page in pages for item in page.changes]
        assert not feed.page(pages[-1].cursor).changes

    @pytest.mark.parametrize("page_size", [1, 7, 20, 100])
    def test_any_page_size(self, client: Client, feed: Feed, page_size: int) -> None:
        """A page is never larger than asked for, and the pages together are the same at every size."""
        made = [item for count in (13, 7, 20) for item in many(client, count)]
        pages = list(feed.pages(page_size))
        assert max(len(page.changes) for page in pages) <= page_size
        assert made == [item.id for page in pages for item in page.changes]

    def test_changes_between_pages(self, client: Client, feed: Feed) -> None:
        """What changes while an event is half read shows its newest state, and comes again at its own place."""
        made = many(client, 20)
        first = feed.page(feed.start, 10)
        client.call(
            "UpdateAccount", account={"id": made[15], "etag": "1", "name": "new"}, update_mask={"paths": ["name"]}
        )
        client.call("DeleteAccount", id=made[16])
        client.call("DeleteAccount", id=made[3])
        rest = [item for page in feed.pages(10, first.cursor) for item in page.changes]
        expected = [(item, False) for item in made[10:] if item != made[16]]
        assert [*expected, (made[15], False), (made[16], True), (made[3], True)] == [
            (item.id, item.removed) for item in rest
        ]
        shown = accounts_pb2.Account()
        next(item for item in rest if item.id == made[15]).record.Unpack(shown)
        assert "new" == shown.name

    def test_out_of_scope(self, customers: Running, tenant: Tenant, client: Client) -> None:
        """Whoever loses records to a colleague by one event is told to remove each, and nothing of the others'."""
        tenant.role("rep", [("accounts", "view", "own")])
        mine, other = tenant.user("R1", "rep"), tenant.user("R2", "rep")
        client.metadata = customers.client(tenant).metadata
        lost, theirs = many(client, 12, owner_id=str(mine)), many(client, 3, owner_id=str(other))
        reader = Feed(customers, customers.client(tenant, mine))
        rows = [{"id": item, "owner_id": str(other)} for item in [*lost, *theirs]]
        client.call("BatchUpsertAccounts", accounts=rows)
        assert [(item, True) for item in lost] == reader.all(5)

    def test_bytes(self, customers: Running, tenant: Tenant, client: Client, feed: Feed) -> None:
        """However many of the largest events wait, a page reads a few of them; all are read in the end."""
        made = many(client, 24)
        start = feed.page(feed.start).cursor
        record = accounts_pb2.Account(name="x" * MOST_BYTES)
        with customers.service.database.write(system_call(tenant.id)) as transaction:
            for item in made:
                emit(transaction, "customers.Account", "updated", [Change(uuid.UUID(item), 1, None, record)])
        pages = list(feed.pages(500, start))
        assert max(len(page.changes) for page in pages) <= changes.MOST_BYTES / MOST_BYTES + 1
        assert made == [item.id for page in pages for item in page.changes]


class TestCursors:
    def test_older(self, client: Client, feed: Feed) -> None:
        """A cursor of the form before, without an offset, goes on where it was."""
        many(client, 3)
        epoch, seq, _, mark = _opened(feed.page(feed.start).cursor)
        after = client.call("CreateAccount", account={"name": "after"}).id
        assert [after] == [item.id for item in feed.page(_sealed([epoch, seq, mark])).changes]

    @pytest.mark.parametrize(
        "change",
        [{1: "1"}, {1: -1}, {1: 1e400}, {2: -1}, {2: 1.5}, {2: True}, {2: None}],
        ids=str,
    )
    def test_forged(self, feed: Feed, change: dict[int, Any]) -> None:
        """A cursor that is none of ours is refused as such."""
        parts = _opened(feed.start)
        for place, value in change.items():
            parts[place] = value
        _is_refused(feed, _sealed(parts))

    @pytest.mark.parametrize("cursor", ["x", "é", "W1tb" * 40_000, "e30", "W10"])
    def test_nonsense(self, feed: Feed, cursor: str) -> None:
        """Neither is what is no cursor at all."""
        _is_refused(feed, cursor)

    def test_beyond_its_event(self, client: Client, feed: Feed) -> None:
        """An offset beyond what an event holds goes on with the next event."""
        many(client, 3)
        after = client.call("CreateAccount", account={"name": "after"}).id
        epoch, seq, _, mark = _opened(feed.start)
        pages = list(feed.pages(1, _sealed([epoch, seq, 10**6, mark])))
        assert after in [item.id for page in pages for item in page.changes]


def _is_refused(feed: Feed, cursor: str) -> None:
    with pytest.raises(Refused) as caught:
        feed.page(cursor)
    assert ("INVALID_ARGUMENT", [("cursor", "INVALID_CURSOR")]) == (caught.value.code, caught.value.violations)


def _opened(cursor: str) -> list[Any]:
    parts: list[Any] = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return parts


def _sealed(parts: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).rstrip(b"=").decode()
