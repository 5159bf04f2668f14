"""What belongs on a timeline: pure rules about contracts."""

from functools import cache

from chassis.authz.organization import Definitions, Organization
from chassis.contract import ResourceContract, all_resources, resource_of
from chassis.fieldcontract import MessageField

# Whose pages show a timeline.
PLACES = ("customers.Account", "customers.Contact", "customers.Lead")
# What is one entry for each record, at the time that this field says, and not one for each of its changes.
MOMENTS = {"customers.Interaction": "start_time"}
# Longer values are cut: the record itself has them whole.
LONGEST = 2000


def places_of(contract: ResourceContract, definitions: Definitions | None = None) -> tuple[str, ...]:
    """Fields of a resource that name a record with a timeline, its own id among them; of modules that organizations make,
    these are fields of theirs.
    """
    own = ("id",) if contract.type in PLACES else ()
    added = definitions.values() if definitions and contract.of_organization else ()
    fields = (*contract.fields.values(), *added)
    return own + tuple(field.name for field in fields if field.reference in PLACES)


@cache
def told_of() -> tuple[str, ...]:
    """Types of all resources of which timelines tell: whose records belong to users, so that it is known who may see them."""
    return tuple(sorted(name for name, item in all_resources().items() if item.options.owned and places_of(item)))


def told_by(organization: Organization) -> dict[str, ResourceContract]:
    """The same by module, with the modules that the organization made."""
    ours = [resource_of(kind) for kind in told_of()]
    own = [
        contract
        for module, contract in organization.modules.items()
        if places_of(contract, organization.definitions(module))
    ]
    return {contract.module: contract for contract in (*ours, *own)}


def is_told(field: MessageField) -> bool:
    """Whether a change of a field alone is worth an entry: not of what follows from something else."""
    return not field.output_only
