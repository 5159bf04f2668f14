"""What strangers see of a form, and what they send with it."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from chassis.call import Call, system_call
from chassis.database.connection import Database, Transaction, mapping
from chassis.errors import ExhaustedError, InvalidArgumentError, NotFoundError
from chassis.fieldcontract import FieldContract
from chassis.rates import Windows, place_of
from chassis.resources.drafting import new_draft
from chassis.resources.records import Records
from customers.duplicates.finder import Finder, Sought
from customers.forms.answers import fill
from customers.forms.resource import TARGETS
from customers.forms.rules import askable, origins
from customers.forms.stamp import Stamps
from customers.forms.table import forms
from guanxi.customers.v1 import forms_pb2

Row = Mapping[str, Any]
# A minute, for each replica.
SHOWN_TO_ONE_PLACE = 60
SENT_BY_ONE_PLACE = 6
SENT_TO_ONE_FORM = 120


class PublicFormServicer:
    """Handlers of `PublicFormService`. Whoever asks for a form that is not there, not in use or deleted is told the same."""

    def __init__(
        self,
        database: Database,
        records: Mapping[str, Records],
        finder: Finder,
        begin: Callable[..., Call],
        secret: str,
    ) -> None:
        self._database = database
        self._records = records
        self._finder = finder
        self._begin = begin
        self._stamps = Stamps(secret)
        self._windows = Windows()

    def get_public_form(self, call: Call, request: forms_pb2.GetPublicFormRequest) -> forms_pb2.PublicForm:
        """A form in use, in the caller's language."""
        place = place_of(call.principal.address)
        self._take(f"shown {place}", SHOWN_TO_ONE_PLACE)
        form = self._form(request.token)
        known = self._known(self._acting(call, form), form)
        return forms_pb2.PublicForm(
            title=form["title"],
            description=form["description"],
            fields=[_public(line, known[line["field"]], call) for line in form["fields"] if line["field"] in known],
            consent_text=form["consent_text"],
            success_text=form["success_text"],
            redirect_url=form["redirect_url"],
            allowed_origins=origins(form["allowed_origins"]),
            stamp=self._stamps.new(form["id"]),
        )

    def submit_public_form(
        self, call: Call, request: forms_pb2.SubmitPublicFormRequest
    ) -> forms_pb2.SubmitPublicFormResponse:
        """A lead or contact of what a stranger sent."""
        form = self._form(request.token)
        answer = forms_pb2.SubmitPublicFormResponse(
            success_text=form["success_text"], redirect_url=form["redirect_url"]
        )
        self._take(f"sent {form['id']} {place_of(call.principal.address)}", SENT_BY_ONE_PLACE)
        self._take(f"sent {form['id']}", SENT_TO_ONE_FORM)
        if request.nickname:
            return answer  # a program: it must not learn that it was found out
        nonce = self._stamps.nonce(form["id"], request.stamp)
        if form["consent_text"] and not request.consent:
            raise InvalidArgumentError.of("consent", "CONSENT_REQUIRED")
        acting = self._acting(call, form)
        records = self._records[TARGETS[form["creates"]].module]
        message = records.resource.kind()
        fill(message, form["fields"], self._known(acting, form), request.values)
        self._once(acting, records, form, message, nonce)
        return answer

    def _once(self, call: Call, records: Records, form: Row, message: Any, nonce: str) -> None:
        """Make the record; the same page sent again makes no other."""
        duplicates = self._duplicates(call, message)

        def effect(transaction: Transaction) -> Any:
            draft = new_draft(call, records.resource, message)
            draft.values |= _origin(call, form) | duplicates
            records.write(transaction, [draft])
            return forms_pb2.SubmitPublicFormResponse()

        request = forms_pb2.SubmissionKey(
            form_id=str(form["id"]), record=message.SerializeToString(deterministic=True), request_id=nonce
        )
        try:
            records.transact(call, request, forms_pb2.SubmitPublicFormResponse, effect)
        except InvalidArgumentError as error:
            if any(found.reason == "KEY_REUSED" for found in error.violations):
                raise InvalidArgumentError.of("stamp", "FORM_STALE") from error
            raise

    def _duplicates(self, call: Call, message: Any) -> dict[str, uuid.UUID]:
        """Columns that say who was there already, for the organization's eyes."""
        sought = Sought.of({"email": message.email, "phone": message.phone})
        modules = {"leads": "possible_duplicate_lead_id", "contacts": "possible_duplicate_contact_id"}
        if message.DESCRIPTOR.name == "Contact":
            del modules["leads"]
        found = {
            column: self._finder.reached(call, self._records[module], sought) for module, column in modules.items()
        }
        return {column: matches[0].row["id"] for column, matches in found.items() if matches}

    def _form(self, token: str) -> Row:
        """The form in use that a token names. Raises NotFoundError."""
        org_id = _organization_of(token)
        if org_id is None:
            raise NotFoundError
        statement = sa.select(forms).where(
            forms.c.org_id == org_id, forms.c.token == token, forms.c.active, forms.c.delete_time.is_(None)
        )
        rows = self._database.read(system_call(org_id), statement)
        if not rows:
            raise NotFoundError
        return mapping(rows[0])

    def _acting(self, call: Call, form: Row) -> Call:
        """The system, on the form's behalf."""
        acting = self._begin(form["org_id"], of=call)
        return replace(acting, principal=replace(acting.principal, job_id=f"form-{form['id']}"))

    def _known(self, call: Call, form: Row) -> dict[str, FieldContract]:
        target = TARGETS[form["creates"]]
        return askable(target, target.definitions(call.organization))

    def _take(self, key: str, limit: int) -> None:
        wait = self._windows.take(key, limit)
        if wait:
            raise ExhaustedError("RATE_LIMITED", seconds=wait)


def _organization_of(token: str) -> uuid.UUID | None:
    text, _, secret = token[:200].partition(".")
    try:
        return uuid.UUID(hex=text) if secret and len(text) == 32 and "\0" not in secret else None
    except ValueError:
        return None


def _origin(call: Call, form: Row) -> dict[str, Any]:
    """Where a record comes from, and what its person agreed to."""
    found: dict[str, Any] = {
        "owner_id": form["assignee_id"],
        "source": form["source"] or "website",
        "form_id": form["id"],
    }
    if form["consent_text"]:
        found |= {
            "consent_text": form["consent_text"],
            "consent_time": datetime.now(UTC),
            "consent_address": call.principal.address,
        }
    return found


def _public(line: Row, field: FieldContract, call: Call) -> forms_pb2.PublicField:
    def said(label: Any) -> str:
        return str(label.zh if call.language == "zh" else label.en)

    return forms_pb2.PublicField(
        name=field.name,
        kind=field.kind,
        label=line.get("label") or said(field.options.label),
        required=line["required"],
        max_length=field.options.max_length or (10_000 if field.kind == "long_text" else 500),
        choices=[forms_pb2.PublicChoice(value=one.value, label=said(one.label)) for one in field.options.choices],
    )
