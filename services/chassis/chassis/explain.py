"""`AccessService`: what somebody may do with a record, and why. The verdict is what their own calls would meet; the reasons
are from their roles, and from where the record's owner stands to them.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from chassis.authz.access import Access
from chassis.authz.scope import OWNERS_ALONE
from chassis.call import Call, Principal
from chassis.errors import InvalidArgumentError, NotFoundError, PermissionDeniedError
from chassis.modules import Modules
from chassis.resources.records import Records, record_id
from chassis.texts import register, text
from guanxi.access.v1 import access_pb2

register(
    {
        "EXPLAIN_INACTIVE": (
            "{name}当前不可登录，不能查看任何内容",
            "{name} is not active, and sees nothing whatever their roles say",
        ),
        "EXPLAIN_UNNAMED": ("该用户", "this user"),
        "EXPLAIN_NO_ROLES": ("{name}没有任何角色", "{name} has no role"),
        "EXPLAIN_NO_GRANT": (
            "{name}的角色都不允许{operation}“{module}”",
            "None of {name}’s roles lets them {operation} “{module}”",
        ),
        "EXPLAIN_EVERYTHING": (
            "角色“{roles}”允许{operation}全部“{module}”",
            "Through “{roles}” they may {operation} all “{module}”",
        ),
        "EXPLAIN_SCOPE": (
            "角色“{roles}”允许{operation}{scope}的“{module}”：{owner}",
            "Through “{roles}” they may {operation} “{module}” {scope}: {owner}",
        ),
        "EXPLAIN_OWN": ("本人", "of their own"),
        "EXPLAIN_TEAM": ("本团队", "of their team"),
        "EXPLAIN_TREE": ("本团队及下级团队", "of their team and the teams below it"),
        "EXPLAIN_SHARED": ("该记录已分派给本人", "this one is assigned to them"),
        "EXPLAIN_THEIRS": ("该记录由其本人负责", "this one is theirs"),
        "EXPLAIN_OWNER_IN_TEAM": ("负责人{owner}在其团队中", "its owner {owner} is in their team"),
        "EXPLAIN_OWNER_BELOW": ("负责人{owner}在其下级团队中", "its owner {owner} is in a team below theirs"),
        "EXPLAIN_OWNER_OUTSIDE": ("负责人{owner}不在其团队或下级团队中", "its owner {owner} is in none of their teams"),
        "EXPLAIN_NO_OWNER": ("该记录没有负责人", "nobody owns it"),
        "EXPLAIN_DELETED": (
            "该记录已删除：只在已删除的记录中可见，恢复后才能修改",
            "The record is deleted: it is shown among deleted ones only, and cannot be changed before it is restored",
        ),
        "EXPLAIN_HIDDEN": ("看不到的字段：{fields}", "Fields they do not see: {fields}"),
        "EXPLAIN_READ_ONLY": ("不能修改的字段：{fields}", "Fields they cannot change: {fields}"),
        "EXPLAIN_VIEW": ("查看", "view"),
        "EXPLAIN_EDIT": ("编辑", "edit"),
        "EXPLAIN_DELETE": ("删除", "delete"),
    }
)
_SCOPES = {"own": "EXPLAIN_OWN", "team": "EXPLAIN_TEAM", "tree": "EXPLAIN_TREE"}
_OPERATIONS = ("view", "edit", "delete")


def refuse_unseen_rights(call: Call) -> None:
    """What somebody may do is for those who see which roles users hold, and what roles grant. Raises PermissionDeniedError."""
    hidden = call.access.hidden("roles") & {"grants", "field_rules"} or "role_ids" in call.access.hidden("users")
    if hidden or not call.access.allows("users.view"):
        raise PermissionDeniedError


class AccessServicer:
    """Answers for one service's modules."""

    def __init__(self, records: Modules) -> None:
        self._records = records

    def explain_access(self, call: Call, request: access_pb2.ExplainAccessRequest) -> access_pb2.ExplainAccessResponse:
        """For somebody who may see users and roles, and the record itself."""
        records = self._records.find(call, request.module)
        if records is None:
            raise InvalidArgumentError.of("module", "UNKNOWN_MODULE", value=request.module[:60])
        user_id, wanted = record_id(request.user_id, "user_id"), record_id(request.record_id, "record_id")
        refuse_unseen_rights(call)
        if not call.access.allows(f"{request.module}.view"):
            raise PermissionDeniedError
        if user_id not in call.organization.members and user_id not in call.organization.clients:
            raise NotFoundError
        row = records.query.get(call, wanted, deleted=True)
        return _Explanation(call, records, user_id, row).answer()


class _Explanation:
    """Of one record, for one member."""

    def __init__(self, call: Call, records: Records, user_id: uuid.UUID, row: Mapping[str, Any]) -> None:
        self._call = call
        self._records = records
        self._user_id = user_id
        self._row = row
        self._module = records.resource.module
        self._organization = call.organization
        self._contract = call.organization.contracts[self._module]
        self._name = self._name_of(user_id) or self._text("EXPLAIN_UNNAMED")
        self._answer = access_pb2.ExplainAccessResponse()

    def answer(self) -> access_pb2.ExplainAccessResponse:
        """The verdicts, each with its reason."""
        access = self._organization.access_of(self._user_id)
        if access is None:
            self._say("EXPLAIN_INACTIVE", name=self._name)
            return self._answer
        # The same moment's policy, time and language; another's rights.
        principal = Principal(self._call.org_id, self._user_id, "user")
        theirs = replace(self._call, principal=principal, access=access, token="")
        verdicts = {operation: self._verdict(theirs, operation) for operation in _OPERATIONS}
        self._answer.visible, self._answer.editable, self._answer.deletable = verdicts.values()
        if self._row["delete_time"] is not None:
            self._say("EXPLAIN_DELETED")
        if not self._organization.roles_of(self._user_id):
            self._say("EXPLAIN_NO_ROLES", name=self._name)
            return self._answer
        for operation, allowed in verdicts.items():
            self._because(operation, access, allowed=allowed)
        if self._answer.visible:
            hidden = access.hidden(self._module)
            self._fields("EXPLAIN_HIDDEN", hidden)
            self._fields("EXPLAIN_READ_ONLY", access.read_only(self._module) - hidden)
        return self._answer

    def _verdict(self, theirs: Call, operation: str) -> bool:
        if theirs.access.scope(self._module, operation) is None:
            return False
        try:
            self._records.query.get(theirs, self._row["id"], operation=operation, deleted=operation == "view")
        except NotFoundError:
            return False
        return True

    def _because(self, operation: str, access: Access, *, allowed: bool) -> None:
        scope = access.scope(self._module, operation)
        said = {
            "operation": self._text(f"EXPLAIN_{operation.upper()}"),
            "module": getattr(self._contract.options.plural, self._language),
            "name": self._name,
        }
        if scope is None:
            self._say("EXPLAIN_NO_GRANT", operation, **said)
            return
        roles = self._organization.granting(self._user_id, self._module, operation)
        said["roles"] = ("”、“" if self._language == "zh" else "”, “").join(role.name for role in roles)
        if scope == "all" or not self._records.resource.owned:
            self._say("EXPLAIN_EVERYTHING", operation, allowed=allowed, **said)
            return
        shared = operation not in OWNERS_ALONE and self._shared()
        owner = self._text("EXPLAIN_SHARED") if shared else self._owner(access.teams)
        said |= {"scope": self._text(_SCOPES[scope]), "owner": owner}
        self._say("EXPLAIN_SCOPE", operation, allowed=allowed, **said)

    def _shared(self) -> bool:
        """Whether they work on it beside its owner, as far as the caller may know."""
        hidden = self._call.access.hidden(self._module)
        fields = [name for name in self._records.resource.shared_with if name not in hidden]
        return self._row["owner_id"] != self._user_id and any(self._user_id in self._row[name] for name in fields)

    def _owner(self, teams: Collection[uuid.UUID]) -> str:
        """Where the owner stands to them and these teams of theirs."""
        owner = self._row["owner_id"]
        if owner is None:
            return self._text("EXPLAIN_NO_OWNER")
        if owner == self._user_id:
            return self._text("EXPLAIN_THEIRS")
        seen = "owner_id" not in self._call.access.hidden(self._module)
        places = {direct for team, user, direct in self._organization.closure() if user == owner and team in teams}
        place = "IN_TEAM" if True in places else "BELOW" if places else "OUTSIDE"
        return self._text(f"EXPLAIN_OWNER_{place}", owner=self._name_of(owner) if seen else "")

    def _name_of(self, user_id: uuid.UUID) -> str:
        """As the caller may know them."""
        client = self._organization.clients.get(user_id)
        holder = client or self._organization.members.get(user_id)
        if "name" in self._call.access.hidden("api_clients" if client else "users"):
            return ""
        return holder.name if holder else ""

    def _fields(self, key: str, names: Iterable[str]) -> None:
        labels = [self._label(name) for name in sorted(names)]
        if labels:
            self._say(key, fields=("、" if self._language == "zh" else ", ").join(labels))

    def _label(self, name: str) -> str:
        """What a field is called, be it of the contract or of the organization."""
        resource = self._records.resource
        field = self._contract.fields.get(name) or resource.definitions(self._organization).get(
            name.removeprefix("custom.")
        )
        return (getattr(field.options.label, self._language) if field is not None else "") or name

    @property
    def _language(self) -> str:
        return "zh" if self._call.language == "zh" else "en"

    def _text(self, key: str, **values: str) -> str:
        return " ".join(text(key, self._language, **values).split())

    def _say(self, key: str, about: str = "", /, *, allowed: bool = False, **values: str) -> None:
        told = self._text(key, **values)
        self._answer.reasons.add(operation=about, allowed=allowed, text=told[:1].upper() + told[1:])
