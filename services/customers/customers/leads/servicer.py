"""Methods of leads beside the standard ones."""

from collections.abc import Mapping
from typing import Any

from chassis.call import Call
from chassis.database.connection import Transaction
from chassis.errors import ConflictError, NotFoundError
from chassis.resources import Draft
from chassis.resources.drafting import refuse_denied
from chassis.resources.records import Records, record_id
from customers.duplicates.finder import Sought
from customers.duplicates.handlers import Duplicates
from customers.leads.conversion import Converter
from guanxi.customers.v1 import duplicates_pb2, leads_pb2
from guanxi.type.v1 import requests_pb2


class LeadServicer:
    """Handlers of `LeadService` beside the standard ones."""

    def __init__(self, records: Mapping[str, Records], duplicates: Duplicates) -> None:
        self._leads = records["leads"]
        self._duplicates = duplicates
        self._converter = Converter(records)

    def find_lead_duplicates(
        self, call: Call, request: requests_pb2.GetRequest
    ) -> duplicates_pb2.FindDuplicatesResponse:
        """Accounts and contacts that a lead in scope may be already; by what the caller sees of it."""
        row = self._leads.query.get(call, record_id(request.id), deleted=request.show_deleted)
        hidden = call.access.hidden("leads")
        return self._duplicates.answer(call, Sought.of({name: row[name] for name in row if name not in hidden}))

    def convert_lead(self, call: Call, request: leads_pb2.ConvertLeadRequest) -> leads_pb2.ConvertLeadResponse:
        """An account, a contact and an opportunity of a lead."""
        refuse_denied(call, self._leads.resource, ["status"])
        chosen = record_id(request.id)

        def effect(transaction: Transaction) -> leads_pb2.ConvertLeadResponse:
            before = self._leads.lock(transaction, [chosen], "edit").get(chosen)
            if before is None:
                raise NotFoundError
            if request.etag and request.etag != str(before["version"]):
                raise ConflictError(etag=str(before["version"]))
            return self._converter.convert(transaction, before, request)

        return self._leads.transact(call, request, leads_pb2.ConvertLeadResponse, effect)

    def revert_conversion(self, call: Call, request: leads_pb2.RevertConversionRequest) -> Any:
        """The lead as it was before its conversion."""
        refuse_denied(call, self._leads.resource, ["status"])

        def effect(transaction: Transaction, before: Mapping[str, Any]) -> Draft:
            return self._converter.revert(transaction, before)

        return self._leads.change(call, request, request.id, effect)
