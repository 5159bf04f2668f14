"""`MetadataService`: every module as the caller may use it, from contracts, definitions and permissions."""

from chassis.authz.access import OPERATIONS
from chassis.call import Call
from chassis.contract import FieldContract, ResourceContract, all_resources
from chassis.resources.kinds import DEFAULT_LENGTH
from guanxi.identity.v1 import custom_fields_pb2, metadata_pb2
from guanxi.options.v1 import options_pb2
from identity.roles.rules import AREAS

_HIDDEN = frozenset({"etag", "custom"})
_CUSTOM_KINDS = {"text": "text", "number": "decimal", "date": "date", "choice": "choice", "choices": "choices"}
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
        contracts = sorted(all_resources().values(), key=_place)
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


def _place(contract: ResourceContract) -> tuple[int, str]:
    """Where a module stands among the others: services that are not named here come last."""
    known = contract.service in _ORDER
    return (_ORDER.index(contract.service) if known else len(_ORDER), contract.service)


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
        keys=options.keys,
        operations=[name for name in OPERATIONS if access.scope(contract.module, name) is not None],
    )
    for name, field in contract.fields.items():
        if name not in hidden and name not in _HIDDEN:
            module.fields.append(_field(field, name in read_only))
    for definition in call.organization.definitions(contract.module).values():
        name = f"custom.{definition.key}"
        if name not in hidden:
            module.fields.append(_custom(definition, name in read_only))
    for position, item in enumerate(module.fields):
        item.position = position
    return module


def _field(field: FieldContract, read_only: bool) -> metadata_pb2.ModuleField:
    options = field.options
    label = options.label
    if not label.en:
        zh, en = _STANDARD_LABELS.get(field.name, (field.name, field.name))
        label = options_pb2.Label(zh=zh, en=en)
    times = field.name in ("create_time", "update_time")
    return metadata_pb2.ModuleField(
        name=field.name,
        kind="reference" if field.name == "created_by" else field.kind,
        label=label,
        required=field.required,
        output_only=field.output_only,
        immutable=field.immutable,
        input_only=field.input_only,
        read_only=read_only,
        filterable=options.filterable or times,
        sortable=options.sortable or times,
        searchable=options.searchable,
        listed=options.listed,
        reference="identity.User" if field.name == "created_by" else options.reference,
        choices=options.choices,
        max_length=options.max_length or DEFAULT_LENGTH,
        help=options.help if options.HasField("help") else None,
    )


def _custom(definition: custom_fields_pb2.CustomField, read_only: bool) -> metadata_pb2.ModuleField:
    zh = definition.label_zh or definition.label_en or definition.key
    return metadata_pb2.ModuleField(
        name=f"custom.{definition.key}",
        kind=_CUSTOM_KINDS[definition.kind],
        label=options_pb2.Label(zh=zh, en=definition.label_en or zh),
        required=definition.required,
        read_only=read_only,
        filterable=True,
        listed=False,
        choices=[
            options_pb2.Choice(
                value=choice.value,
                label=options_pb2.Label(
                    zh=choice.label_zh or choice.label_en or choice.value,
                    en=choice.label_en or choice.label_zh or choice.value,
                ),
                color=choice.color,
            )
            for choice in definition.choices
        ],
        max_length=4000,
    )
