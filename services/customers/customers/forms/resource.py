"""Web forms: the standard methods, and what they may ask for."""

import secrets
from collections.abc import Sequence

from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, Violation
from chassis.resources import Draft, Hooks, Resource
from customers.contacts.resource import CONTACTS
from customers.forms.rules import askable, settle, wrong_fields, wrong_origins
from customers.forms.table import forms
from customers.leads.resource import LEADS
from guanxi.customers.v1 import forms_pb2

TARGETS = {"lead": LEADS, "contact": CONTACTS}


class FormHooks(Hooks):
    """Rules of forms."""

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        call = transaction.call
        problems: list[Violation] = []
        for draft in drafts:
            values = draft.values
            settle(values)
            # Like other tokens it tells the organization first; the rest cannot be guessed.
            values["token"] = values["token"] or f"{call.org_id.hex}.{secrets.token_urlsafe(18)}"
            target = TARGETS[values["creates"]]
            if draft.is_new or draft.changed("fields"):
                problems += wrong_fields(values["fields"], askable(target, target.definitions(call.organization)))
            problems += wrong_origins(values["allowed_origins"])
        if problems:
            raise InvalidArgumentError(violations=problems)


FORMS = Resource(forms_pb2.Form, forms, FormHooks(), default_order="name")
