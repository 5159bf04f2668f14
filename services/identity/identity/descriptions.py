"""`MetadataService`: every module as the caller may use it, from contracts, definitions and permissions."""

from chassis.authz.access import OPERATIONS
from chassis.call import Call
from chassis.contract import OwnModule, ResourceContract
from chassis.fieldcontract import CustomField, FieldContract, MessageField
from chassis.resources.custom import default_of, message_of
from chassis.resources.kinds import DEFAULT_LENGTH
from guanxi.identity.v1 import metadata_pb2
from guanxi.options.v1 import options_pb2
from identity.roles.rules import AREAS

_HIDDEN = frozenset({"etag", "custom"})
_STANDARD_LABELS = {
    "id": ("编号", "Id"),
    "create_time": ("创建时间", "Created"),
    "update_time": ("更新时间", "Updated"),
    "delete_time": ("删除时间", "Deleted"),
    "created_by": ("创建人", "Created by"),
    "external_ids": ("外部编号", "External ids"),
}
_ORDER = ("customers", "sales", "service_desk", "engagement", "reporting", "identity")


class MetadataServicer:
    """Handlers of `MetadataService`."""

    def get_metadata(self, call: Call, request: metadata_pb2.GetMetadataRequest) -> metadata_pb2.Metadata:
        """The modules the caller may view."""
        contracts = sorted(call.organization.contracts.values(), key=_place)
        return metadata_pb2.Metadata(
            modules=[
                _module(call, contract)
                for contract in contracts
                if call.access.scope(contract.module, "view") is not None
            ],
            areas=[
                metadata_pb2.Area(
                    name=name,
                    label=options_pb2.Label(zh=zh, en=en),
                    grantable=operations,
                    operations=[one for one in operations if call.access.scope(name, one) is not None],
                )
                for name, ((zh, en), operations) in AREAS.items()
            ],
        )


def _place(contract: ResourceContract) -> tuple[int, str, bool]:
    """Where a module stands among the others: services that are not named here come last, and the organization's own
    after ours.
    """
    known = contract.service in _ORDER
    return (_ORDER.index(contract.service) if known else len(_ORDER), contract.service, contract.of_organization)


def _module(call: Call, contract: ResourceContract) -> metadata_pb2.Module:
    options, access = contract.options, call.access
    hidden, read_only = access.hidden(contract.module), access.read_only(contract.module)
    module = metadata_pb2.Module(
        name=contract.module,
        service=contract.service,
        type=contract.type,
        label=options.label,
        plural=options.plural,
        title_field=options.title,
        owned=options.owned,
        custom_fields=options.custom_fields,
        importable=options.importable,
        mergeable=options.mergeable,
        keys=options.keys,
        operations=[name for name in OPERATIONS if access.scope(contract.module, name) is not None],
    )
    if isinstance(contract, OwnModule):
        module.icon, module.color = contract.definition.icon, contract.definition.color
        hidden |= {"module"}  # it would be the same of each
    for name, field in contract.fields.items():
        if name not in hidden and name not in _HIDDEN:
            module.fields.append(_field(field, name in read_only))
    for own in call.organization.definitions(contract.module).values():
        if own.name not in hidden:
            module.fields.append(_custom(own, own.name in read_only))
    for position, item in enumerate(module.fields):
        item.position = position
    return module


def _field(field: MessageField, read_only: bool) -> metadata_pb2.ModuleField:
    found = _described(field, read_only)
    if not field.options.label.en:
        zh, en = _STANDARD_LABELS.get(field.name, (field.name, field.name))
        found.label.CopyFrom(options_pb2.Label(zh=zh, en=en))
    if field.name in ("create_time", "update_time"):
        found.filterable = found.sortable = True
    if field.name == "created_by":
        found.kind, found.reference = "reference", "identity.User"
    found.immutable, found.input_only = field.immutable, field.input_only
    found.fields.extend(_described(inner, read_only) for inner in field.lines.values())
    return found


def _custom(field: CustomField, read_only: bool) -> metadata_pb2.ModuleField:
    found = _described(field, read_only)
    given = field.definition
    if given.section_zh or given.section_en:
        zh = given.section_zh or given.section_en
        found.section.CopyFrom(options_pb2.Label(zh=zh, en=given.section_en or zh))
    default = default_of(field)
    if default is not None:
        found.default_value.CopyFrom(message_of(default, field))
    return found


def _described(field: FieldContract, read_only: bool) -> metadata_pb2.ModuleField:
    """What is the same for the contract's fields and the organization's own."""
    options = field.options
    return metadata_pb2.ModuleField(
        name=field.name,
        kind=field.kind,
        label=options.label,
        help=options.help if options.HasField("help") else None,
        when=options.when if options.HasField("when") else None,
        required=field.required,
        output_only=field.output_only,
        read_only=read_only,
        filterable=options.filterable,
        sortable=options.sortable,
        searchable=options.searchable,
        listed=options.listed,
        reference=options.reference,
        choices=options.choices,
        max_length=options.max_length or DEFAULT_LENGTH,
    )
