"""New records within a request that makes several."""

from google.protobuf.message import Message

from chassis.database.connection import Transaction
from chassis.errors import AlreadyExistsError, InvalidArgumentError, Violation
from chassis.resources import Draft
from chassis.resources.drafting import new_draft
from chassis.resources.records import Records
from chassis.resources.references import UnknownReferencesError


def create(transaction: Transaction, records: Records, message: Message, prefix: str) -> Draft:
    """Write one. What is wrong with it is named below `prefix`, which is the request's field."""
    try:
        draft = new_draft(transaction.call, records.resource, message)
        records.write(transaction, [draft])
    except UnknownReferencesError:  # their owners are asked, and the whole request is tried again
        raise
    except (InvalidArgumentError, AlreadyExistsError) as error:
        named = [Violation(f"{prefix}.{one.field}", one.reason, one.values) for one in error.violations]
        raise type(error)(violations=named) from error
    return draft
