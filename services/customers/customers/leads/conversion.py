"""Conversion: a lead becomes an account, a contact and an opportunity, and within 30 days a lead again.

Account, contact and lead are written in one transaction, with the event `customers.LeadConversion` `made`. Sales makes
the opportunity of it, under the id that is said there and in the answer: once, whatever dies in between.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.call import Call
from chassis.contract import all_resources
from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, PermissionDeniedError, PreconditionError, Violation
from chassis.events.outbox import Change, emit
from chassis.ids import uuid7
from chassis.resources import Draft
from chassis.resources.fields import Binding
from chassis.resources.kinds import InvalidValue
from chassis.resources.records import Records, record_id
from customers.leads import activity
from customers.leads.carry import TO_ACCOUNT, TO_CONTACT, carried, carried_custom
from customers.leads.leftovers import OPPORTUNITY, changed_since
from customers.leads.texts import DENIED
from customers.writing import create
from guanxi.customers.v1 import accounts_pb2, leads_pb2

EVENT = "customers.LeadConversion"
OPPORTUNITIES = "opportunities"
REVERT_DAYS = 30
# Columns that a conversion fills.
_MADE = ("convert_time", "converted_account_id", "converted_contact_id", "converted_opportunity_id", "conversion")


class Converter:
    """Converts, and takes back, within a transaction of its caller's."""

    def __init__(self, records: Mapping[str, Records]) -> None:
        self._of_module = records
        self._accounts, self._contacts, self._leads = records["accounts"], records["contacts"], records["leads"]

    def convert(
        self, transaction: Transaction, before: Mapping[str, Any], request: leads_pb2.ConvertLeadRequest
    ) -> leads_pb2.ConvertLeadResponse:
        """The lead, and what it became. Raises ServiceError before anything is written."""
        call = transaction.call
        if before["convert_time"] is not None:
            raise PreconditionError("LEAD_ALREADY_CONVERTED")
        lead: Any = self._leads.shown(call, before)
        has_opportunity = request.HasField("opportunity")
        if has_opportunity:
            _refuse_opportunity(call, request.opportunity)
        account, is_account_new = self._account(transaction, lead, request)
        contact, is_contact_new = self._contact(transaction, lead, request, account)
        opportunity = self._opportunity(call, lead, request, account, contact) if has_opportunity else None
        made = {"accounts": is_account_new, "contacts": is_contact_new, OPPORTUNITIES: has_opportunity}
        draft = Draft.of(before)
        draft.values |= {
            "status": "converted",
            "convert_time": datetime.now(UTC),
            "converted_account_id": account["id"] if account else None,
            "converted_contact_id": contact["id"],
            "converted_opportunity_id": uuid.UUID(opportunity.id) if opportunity else None,
            "conversion": {
                "status": before["status"],
                "made": [module for module, is_new in made.items() if is_new],
                "user_id": str(call.principal.user_id or ""),
            },
        }
        self._leads.write(transaction, [draft], "converted")
        activity.follow(transaction, self._of_module, draft.id, draft.values)
        _tell(transaction, "made", draft, account, opportunity)
        answer: Any = leads_pb2.ConvertLeadResponse(opportunity=opportunity)
        answer.lead.CopyFrom(self._leads.shown(call, draft.values))
        answer.contact.CopyFrom(self._contacts.shown(call, contact))
        if account:
            answer.account.CopyFrom(self._accounts.shown(call, account))
        return answer  # type: ignore[no-any-return]

    def revert(self, transaction: Transaction, before: Mapping[str, Any]) -> Draft:
        """The lead as it was before its conversion; what that made is removed. Raises PreconditionError."""
        call = transaction.call
        if before["convert_time"] is None:
            raise PreconditionError("LEAD_IS_OPEN")
        if before["convert_time"] < datetime.now(UTC) - timedelta(days=REVERT_DAYS):
            raise PreconditionError("CONVERSION_TOO_OLD", days=REVERT_DAYS)
        done = before["conversion"]
        _refuse_removing(call, done)
        activity.come_back(transaction, self._of_module, before["id"], before)
        drafts = {
            records.resource.module: self._made(transaction, records, before, done["made"])
            for records in (self._contacts, self._accounts)
        }
        changed = changed_since(transaction, self._of_module, before, drafts)
        if changed:
            raise PreconditionError("CONVERSION_CHANGED", what="; ".join(changed))
        for records in (self._contacts, self._accounts):
            records.remove(transaction, drafts[records.resource.module])
        draft = Draft.of(before)
        _tell(transaction, "reverted", draft, None, _reference(before) if OPPORTUNITIES in done["made"] else None)
        draft.values |= dict.fromkeys(_MADE) | {"status": done["status"]}
        self._leads.write(transaction, [draft], "reopened")
        return draft

    def _account(
        self, transaction: Transaction, lead: leads_pb2.Lead, request: leads_pb2.ConvertLeadRequest
    ) -> tuple[Mapping[str, Any] | None, bool]:
        """The row, and whether it is new; none where there is no company."""
        if request.account_id:
            return self._chosen(transaction, self._accounts, request.account_id, "account_id"), False
        message = carried(transaction.call, lead, self._accounts.resource, TO_ACCOUNT, request.account)
        if not message.name:
            return None, False
        return self._create(transaction, self._accounts, lead, message, "account"), True

    def _contact(
        self,
        transaction: Transaction,
        lead: leads_pb2.Lead,
        request: leads_pb2.ConvertLeadRequest,
        account: Mapping[str, Any] | None,
    ) -> tuple[Mapping[str, Any], bool]:
        if request.contact_id:
            return self._chosen(transaction, self._contacts, request.contact_id, "contact_id"), False
        message = carried(transaction.call, lead, self._contacts.resource, TO_CONTACT, request.contact)
        if account and not message.account_id:
            message.account_id = str(account["id"])
        return self._create(transaction, self._contacts, lead, message, "contact"), True

    def _chosen(self, transaction: Transaction, records: Records, wanted: str, field: str) -> Mapping[str, Any]:
        """A record that is there and that the caller sees."""
        chosen = record_id(wanted, field)
        found = records.lock(transaction, [chosen], "view").get(chosen)
        if found is None:
            raise InvalidArgumentError.of(field, "UNKNOWN_REFERENCE")
        return found

    def _create(
        self, transaction: Transaction, records: Records, lead: leads_pb2.Lead, message: Any, prefix: str
    ) -> Mapping[str, Any]:
        call, module = transaction.call, records.resource.module
        _refuse(call, module)
        if not message.owner_id and lead.owner_id and _may_give(call, module, lead.owner_id):
            message.owner_id = lead.owner_id
        return create(transaction, records, message, prefix).values

    def _opportunity(
        self,
        call: Call,
        lead: leads_pb2.Lead,
        request: leads_pb2.ConvertLeadRequest,
        account: Mapping[str, Any] | None,
        contact: Mapping[str, Any],
    ) -> leads_pb2.ConvertedOpportunity:
        """What sales is asked to make."""
        wanted, refused = request.opportunity, call.access.read_only(OPPORTUNITIES)
        found = leads_pb2.ConvertedOpportunity(
            id=str(uuid7()), name=wanted.name, pipeline_id=wanted.pipeline_id, description=wanted.description
        )
        found.name = found.name or (account or contact)["name"]
        if "description" not in refused:
            found.description = found.description or lead.need
        for name, source in (("amount", "budget"), ("close_date", "expected_close_date")):
            message, field = (wanted, name) if wanted.HasField(name) else (lead, source)
            if message.HasField(field) and name not in refused:
                getattr(found, name).CopyFrom(getattr(message, field))
        for key, value in carried_custom(call, lead, OPPORTUNITIES).items():
            found.custom[key].CopyFrom(value)
        mine = str(call.principal.user_id or "")
        found.owner_id = lead.owner_id if _may_give(call, OPPORTUNITIES, lead.owner_id) else mine
        return found

    def _made(
        self, transaction: Transaction, records: Records, before: Mapping[str, Any], made: Sequence[str]
    ) -> list[Draft]:
        """What the conversion made of a kind, locked; deleted ones too."""
        module = records.resource.module
        if module not in made:
            return []
        wanted = before["converted_account_id" if module == "accounts" else "converted_contact_id"]
        rows = records.lock(transaction, [wanted], None, deleted=True)
        return [Draft.of(row) for row in rows.values()]


def _refuse(call: Call, module: str) -> None:
    """Raise PermissionDeniedError where the caller may not create records of a module."""
    if call.access.scope(module, "create") is None:
        raise PermissionDeniedError(DENIED[module])


def _refuse_opportunity(call: Call, wanted: leads_pb2.ConvertedOpportunity) -> None:
    """Refuse at once what sales would have to refuse later, when nobody is there to be told."""
    _refuse(call, OPPORTUNITIES)
    refused = call.access.read_only(OPPORTUNITIES)
    contract = all_resources()[OPPORTUNITY]
    message = contract.message(name=wanted.name, pipeline_id=wanted.pipeline_id, description=wanted.description)
    for name in ("amount", "close_date"):
        if wanted.HasField(name):
            getattr(message, name).CopyFrom(getattr(wanted, name))
    given = [field.name for field, _ in message.ListFields()]
    problems = [Violation(f"opportunity.{name}", "FIELD_DENIED") for name in given if name in refused]
    for name in given:
        try:
            Binding(contract.fields[name]).read(message)
        except InvalidValue as error:
            found = error.violation
            problems.append(Violation(f"opportunity.{found.field}", found.reason, found.values))
    if problems:
        raise InvalidArgumentError(violations=problems)


def _refuse_removing(call: Call, done: Mapping[str, Any]) -> None:
    """Who takes back another's conversion must be allowed to delete what it made; who their own, to make it still."""
    is_own = done["user_id"] == str(call.principal.user_id or "")
    for module in done["made"]:
        if is_own:
            if call.access.scope(module, "create") is None:
                raise PermissionDeniedError("REVERT_OWN_DENIED")
        elif call.access.scope(module, "delete") != "all":
            raise PermissionDeniedError("REVERT_DENIED")


def _may_give(call: Call, module: str, owner_id: str) -> bool:
    """Whether the caller may make records that belong to somebody."""
    return owner_id == str(call.principal.user_id or "") or call.access.scope(module, "assign") is not None


def _reference(lead: Mapping[str, Any]) -> leads_pb2.ConvertedOpportunity:
    return leads_pb2.ConvertedOpportunity(id=str(lead["converted_opportunity_id"]))


def _tell(
    transaction: Transaction,
    verb: str,
    lead: Draft,
    account: Mapping[str, Any] | None,
    opportunity: leads_pb2.ConvertedOpportunity | None,
) -> None:
    told = leads_pb2.LeadConversion(
        lead_id=str(lead.id), contact_id=str(lead.values["converted_contact_id"] or ""), opportunity=opportunity
    )
    if account:
        told.account.CopyFrom(
            accounts_pb2.Account(
                id=str(account["id"]),
                etag=str(account["version"]),
                name=account["name"],
                owner_id=str(account["owner_id"] or ""),
            )
        )
    emit(transaction, EVENT, verb, [Change(lead.id, lead.values["version"], None, told)])
