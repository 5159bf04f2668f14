"""Event handlers: bring facts level with the newest version of each record, in any order of arrival."""

from collections.abc import Callable, Mapping
from datetime import UTC, date
from typing import Any

import sqlalchemy as sa
from google.type import date_pb2
from sqlalchemy.dialects.postgresql import insert

from chassis import ids
from chassis.database.connection import Transaction
from chassis.events.projections import keep_newest, records
from chassis.resources.fields import money_amount
from guanxi.events.v1 import events_pb2
from reporting.facts.table import account_facts, freshness, opportunity_facts, product_facts


def _account(message: Any) -> dict[str, Any]:
    return {
        "name": message.name,
        "industry": message.industry,
        "location": message.location,
        "owner_id": ids.parse(message.owner_id),
    }


def _product(message: Any) -> dict[str, Any]:
    return {"name": message.name, "category": message.category}


def _opportunity(message: Any) -> dict[str, Any]:
    priced = message.HasField("amount")
    return {
        "owner_id": ids.parse(message.owner_id),
        "account_id": ids.parse(message.account_id),
        "product_id": ids.parse(message.product_id),
        "stage_id": ids.parse(message.stage_id),
        "status": message.status,
        "amount": money_amount(message.amount) if priced else None,
        "currency": message.amount.currency_code,
        "engage_date": _day(message.engage_date),
        "close_date": _day(message.close_date),
    }


def _day(value: date_pb2.Date) -> date | None:
    return date(value.year, value.month, value.day) if value.year else None


FACTS: Mapping[str, tuple[sa.Table, Callable[[Any], dict[str, Any]]]] = {
    "customers.Account": (account_facts, _account),
    "sales.Product": (product_facts, _product),
    "sales.Opportunity": (opportunity_facts, _opportunity),
}


def follow(transaction: Transaction, event: events_pb2.Event) -> None:
    """Apply an event's changes where they are newer than what is known."""
    table, row_of = FACTS[event.resource]
    rows = [
        {
            "id": record.id,
            "version": record.version,
            "deleted": record.after.HasField("delete_time"),
            **row_of(record.after),
        }
        for record in records(event)
        if record.after is not None
    ]
    keep_newest(transaction, table, rows)
    _freshen(transaction, event)


def _freshen(transaction: Transaction, event: events_pb2.Event) -> None:
    statement = insert(freshness).values(org_id=transaction.call.org_id, time=event.time.ToDatetime(UTC))
    transaction.execute(
        statement.on_conflict_do_update(
            index_elements=["org_id"],
            set_={"time": sa.func.greatest(freshness.c.time, statement.excluded.time)},
        )
    )
