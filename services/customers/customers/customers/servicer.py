"""Methods of customers: entering a person with their company, and who may be there already."""

from collections.abc import Mapping
from typing import Any

from chassis.call import Call
from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, PermissionDeniedError
from chassis.resources.records import Records
from customers.duplicates.finder import Sought
from customers.duplicates.handlers import Duplicates
from customers.leads.texts import DENIED
from customers.writing import create
from guanxi.customers.v1 import contacts_pb2, customers_pb2, duplicates_pb2

MOST_TYPED = 500


class CustomerServicer:
    """Handlers of `CustomerService`."""

    def __init__(self, records: Mapping[str, Records], duplicates: Duplicates) -> None:
        self._accounts, self._contacts = records["accounts"], records["contacts"]
        self._duplicates = duplicates

    def create_customer(
        self, call: Call, request: customers_pb2.CreateCustomerRequest
    ) -> customers_pb2.CreateCustomerResponse:
        """A contact and, where there is none yet, its account: both or neither."""
        has_account = request.HasField("account")
        if has_account and request.contact.account_id:
            raise InvalidArgumentError.of("contact.account_id", "ACCOUNT_TWICE")
        if has_account and call.access.scope("accounts", "create") is None:
            raise PermissionDeniedError(DENIED["accounts"])

        def effect(transaction: Transaction) -> customers_pb2.CreateCustomerResponse:
            answer: Any = customers_pb2.CreateCustomerResponse()
            person = contacts_pb2.Contact()
            person.CopyFrom(request.contact)
            if has_account:
                account = create(transaction, self._accounts, request.account, "account")
                person.account_id = str(account.id)
                answer.account.CopyFrom(self._accounts.shown(call, account.values))
            contact = create(transaction, self._contacts, person, "contact")
            answer.contact.CopyFrom(self._contacts.shown(call, contact.values))
            return answer  # type: ignore[no-any-return]

        return self._contacts.transact(call, request, customers_pb2.CreateCustomerResponse, effect)

    def find_customer_duplicates(
        self, call: Call, request: customers_pb2.FindCustomerDuplicatesRequest
    ) -> duplicates_pb2.FindDuplicatesResponse:
        """Accounts and contacts in scope that somebody about to be entered may be already."""
        asked = {field.name: value.replace("\0", "")[:MOST_TYPED] for field, value in request.ListFields()}
        return self._duplicates.answer(call, Sought.of(asked))
