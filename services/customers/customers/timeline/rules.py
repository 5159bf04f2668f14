"""What belongs on a timeline: pure rules about contracts."""

from functools import cache

from chassis.contract import ResourceContract, all_resources
from chassis.fieldcontract import MessageField

# Whose pages show a timeline.
PLACES = ("customers.Account", "customers.Contact", "customers.Lead")
# What is one entry for each record, at the time that this field says, and not one for each of its changes.
MOMENTS = {"customers.Interaction": "start_time"}
# Longer values are cut: the record itself has them whole.
LONGEST = 2000


def places_of(contract: ResourceContract) -> tuple[str, ...]:
    """Fields of a resource that name a record with a timeline, its own id among them."""
    own = ("id",) if contract.type in PLACES else ()
    return own + tuple(name for name, field in contract.fields.items() if field.options.reference in PLACES)


@cache
def told_of() -> tuple[str, ...]:
    """Types of all resources of which timelines tell: whose records belong to users, so that it is known who may see them."""
    return tuple(sorted(name for name, item in all_resources().items() if item.options.owned and places_of(item)))


def is_told(field: MessageField) -> bool:
    """Whether a change of a field alone is worth an entry: not of what follows from something else."""
    return not field.output_only
