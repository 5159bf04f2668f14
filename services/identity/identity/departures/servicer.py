"""Users who leave: deactivation, the hand-over of what belongs to them, and deletion after it."""

import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import sqlalchemy as sa
from google.protobuf.message import Message

from chassis.call import Call
from chassis.contract import ResourceContract
from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, PermissionDeniedError, PreconditionError, UnavailableError
from chassis.events.outbox import Change, emit
from chassis.handover import BEGUN
from chassis.resources.records import record_id
from chassis.resources.resource import Draft
from chassis.resources.standard import StandardMethods
from chassis.service import Service
from chassis.texts import text
from guanxi.handover.v1 import handover_pb2
from guanxi.identity.v1 import users_pb2
from guanxi.type.v1 import requests_pb2
from identity.roles.escalation import refuse_beyond_roles
from identity.teams.table import teams
from identity.users.table import invitations, users

_SECONDS = 2.0


class Departures:
    """Handlers of `UserService` for users who leave."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._records = service.records["users"]
        self._teams = service.records["teams"]
        self._standard = StandardMethods(self._records)

    def deactivate_user(self, call: Call, request: users_pb2.DeactivateUserRequest) -> Message:
        """End sessions and invitations, and begin the hand-over where there is a successor; all in one transaction."""
        successor = record_id(request.successor_id, "successor_id") if request.successor_id else None
        return self._records.change(call, request, request.id, partial(self._deactivate, successor))

    def _deactivate(self, successor: uuid.UUID | None, transaction: Transaction, user: Mapping[str, Any]) -> Draft:
        call, org_id = transaction.call, transaction.call.org_id
        if user["id"] == call.principal.user_id:
            raise PreconditionError("OWN_ACCOUNT")
        refuse_beyond_roles(transaction, user["role_ids"])
        if successor is not None:
            _refuse_unfit(transaction, user["id"], successor)
        transaction.execute(
            sa.delete(invitations).where(invitations.c.org_id == org_id, invitations.c.user_id == user["id"])
        )
        draft = Draft.of(user)
        draft.values["active"] = False
        self._records.write(transaction, [draft], "deactivated")
        if successor is not None:
            told = handover_pb2.HandOver(user_id=str(user["id"]), successor_id=str(successor))
            emit(transaction, BEGUN, "begun", [Change(user["id"], 1, None, told, ("successor_id",))])
            self._hand_teams_over(transaction, user["id"], successor)
        return draft

    def _hand_teams_over(self, transaction: Transaction, user_id: uuid.UUID, successor: uuid.UUID) -> None:
        """The successor manages the user's teams; they stay where the caller may not say who manages teams."""
        if not transaction.call.access.allows("teams.administer"):
            return
        managed = sa.select(teams.c.id).where(
            teams.c.org_id == transaction.call.org_id, teams.c.manager_id == user_id, teams.c.delete_time.is_(None)
        )
        found = self._teams.lock(transaction, transaction.execute(managed).scalars().all(), "administer")
        drafts = [Draft.of(row) for row in found.values()]
        for draft in drafts:
            draft.values["manager_id"] = successor
        if drafts:
            self._teams.write(transaction, drafts)

    def activate_user(self, call: Call, request: users_pb2.ActivateUserRequest) -> Message:
        """Only of a member: others are invited."""

        def effect(transaction: Transaction, user: Mapping[str, Any]) -> Draft:
            refuse_beyond_roles(transaction, user["role_ids"])
            draft = Draft.of(user)
            draft.values["active"] = True
            self._records.write(transaction, [draft], "activated")
            return draft

        return self._records.change(call, request, request.id, effect)

    def delete_user(self, call: Call, request: requests_pb2.DeleteRequest) -> Message:
        """Only where nothing belongs to the user. The services are asked first: no transaction waits for them."""
        user = self._records.query.get(call, record_id(request.id), operation="delete", deleted=True)
        if user["active"]:
            raise PreconditionError("DEACTIVATE_FIRST")
        if user["delete_time"] is None:
            modules, missing = self._owned(call, user["id"])
            found = [f"{_plural(call, each.module)} {each.count}" for each in modules if each.count]
            if found:
                raise PreconditionError("USER_OWNS_RECORDS", counts=_joined(found, call.language))
            if missing:
                raise UnavailableError("HAND_OVER_UNKNOWN", missing=_joined(missing, call.language))
        return self._standard.delete(call, request)

    def preview_hand_over(self, call: Call, request: users_pb2.GetHandOverRequest) -> users_pb2.PreviewHandOverResponse:
        """How many records of each module there are to hand over."""
        modules, missing = self._of(call, request)
        counted = [users_pb2.OwnedRecords(module=each.module, count=each.count) for each in modules]
        return users_pb2.PreviewHandOverResponse(modules=counted, missing=missing)

    def get_hand_over(self, call: Call, request: users_pb2.GetHandOverRequest) -> users_pb2.HandOver:
        """How far it is in each module."""
        modules, missing = self._of(call, request)
        done = not missing and not any(each.count or each.state == "running" for each in modules)
        told = [
            users_pb2.ModuleHandOver(
                module=each.module,
                state=each.state or "waiting",
                successor_id=each.successor_id,
                moved=each.moved,
                left=each.count,
                refused=each.refused,
                error=text(each.error, call.language) if each.error else "",
            )
            for each in modules
        ]
        return users_pb2.HandOver(modules=told, missing=missing, done=done)

    def _of(
        self, call: Call, request: users_pb2.GetHandOverRequest
    ) -> tuple[list[handover_pb2.OwnedModule], list[str]]:
        return self._owned(call, self._records.query.get(call, record_id(request.id), deleted=True)["id"])

    def _owned(self, call: Call, user_id: uuid.UUID) -> tuple[list[handover_pb2.OwnedModule], list[str]]:
        """What belongs to a user, module by module, and the services that did not answer in time."""
        wanted = handover_pb2.CountOwnedRequest(organization_id=str(call.org_id), user_id=str(user_id))

        def ask(service: str) -> list[handover_pb2.OwnedModule] | None:
            method = "guanxi.handover.v1.HandOverService/CountOwned"
            try:
                return list(self._service.peers.call(service, method, wanted, timeout=_SECONDS).modules)
            except UnavailableError:
                return None

        services = sorted({contract.service for contract in _owned_resources(call)})
        with ThreadPoolExecutor(len(services)) as pool:
            answers = dict(zip(services, pool.map(ask, services), strict=True))
        modules = [module for found in answers.values() for module in found or []]
        return modules, [service for service, found in answers.items() if found is None]


def _refuse_unfit(transaction: Transaction, user_id: uuid.UUID, successor_id: uuid.UUID) -> None:
    """Raise an error where the successor cannot take records over, or the caller may not give all of them."""
    call = transaction.call
    if successor_id == user_id:
        raise InvalidArgumentError.of("successor_id", "SUCCESSOR_SAME")
    wanted = sa.select(users.c.active).where(
        users.c.org_id == call.org_id, users.c.id == successor_id, users.c.delete_time.is_(None)
    )
    # Locked, so that the successor does not leave at the same moment.
    found = transaction.execute(wanted.with_for_update(read=True)).first()
    if found is None:
        raise InvalidArgumentError.of("successor_id", "UNKNOWN_REFERENCE")
    if not found.active:
        raise InvalidArgumentError.of("successor_id", "SUCCESSOR_INACTIVE")
    denied = [each.module for each in _owned_resources(call) if call.access.scope(each.module, "assign") != "all"]
    if denied:
        names = [_plural(call, module) for module in denied]
        raise PermissionDeniedError("HAND_OVER_DENIED", modules=_joined(names, call.language))


def _owned_resources(call: Call) -> list[ResourceContract]:
    """Contracts of the resources whose records belong to users, by module."""
    found = [contract for contract in call.organization.contracts.values() if contract.options.owned]
    return sorted(found, key=lambda contract: contract.module)


def _plural(call: Call, module: str) -> str:
    """What a module is called; its name where it was made a moment ago."""
    contract = call.organization.contracts.get(module)
    if contract is None:
        return module
    label = contract.options.plural
    return label.zh if call.language == "zh" else label.en


def _joined(names: list[str], language: str) -> str:
    return ("、" if language == "zh" else ", ").join(names)
