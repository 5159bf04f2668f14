"""Custom methods of organizations: the logo, and what pages without a log-in may show."""

import hashlib
import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa
from google.api import httpbody_pb2
from google.protobuf.message import Message
from sqlalchemy.dialects.postgresql import insert

from chassis.call import Call, system_call
from chassis.database.connection import Transaction
from chassis.errors import NotFoundError
from chassis.resources.records import record_id
from chassis.resources.resource import Draft
from chassis.service import Service
from guanxi.identity.v1 import organizations_pb2
from identity.organizations.pictures import media_type
from identity.organizations.table import logos, organizations


class OrganizationServicer:
    """Handlers of `OrganizationService` beside the standard ones."""

    def __init__(self, service: Service) -> None:
        self._database = service.database
        self._records = service.records["organizations"]

    def set_organization_logo(self, call: Call, request: organizations_pb2.SetOrganizationLogoRequest) -> Message:
        """Keep a picture in place of the one before."""
        kind = media_type(request.data)
        return self._records.change(call, request, request.id, partial(self._keep, kind, request.data))

    def remove_organization_logo(self, call: Call, request: organizations_pb2.RemoveOrganizationLogoRequest) -> Message:
        """Have none."""
        return self._records.change(call, request, request.id, partial(self._keep, "", b""))

    def get_organization_logo(
        self, call: Call, request: organizations_pb2.GetOrganizationLogoRequest
    ) -> httpbody_pb2.HttpBody:
        """The picture, to whoever knows what it is called. Raises NotFoundError, also for one that was replaced."""
        org_id = record_id(request.id)
        wanted = sa.select(logos).where(logos.c.org_id == org_id, logos.c.digest == request.digest)
        rows = self._database.read(system_call(org_id, seconds=10), wanted)
        if not rows:
            raise NotFoundError
        return httpbody_pb2.HttpBody(content_type=rows[0].media_type, data=bytes(rows[0].data))

    def get_organization_profile(
        self, call: Call, request: organizations_pb2.GetOrganizationProfileRequest
    ) -> organizations_pb2.OrganizationProfile:
        """Name, language and logo, to whoever knows the organization's id."""
        org_id = record_id(request.id)
        rows = self._database.read(
            system_call(org_id, seconds=10), sa.select(organizations).where(organizations.c.org_id == org_id)
        )
        if not rows:
            raise NotFoundError
        row = rows[0]
        return organizations_pb2.OrganizationProfile(
            id=str(org_id), name=row.name, language=row.language, logo_digest=row.logo_digest or ""
        )

    def _keep(self, kind: str, data: bytes, transaction: Transaction, organization: Mapping[str, Any]) -> Draft:
        org_id: uuid.UUID = transaction.call.org_id
        digest = hashlib.sha256(data).hexdigest() if data else None
        if digest is None:
            transaction.execute(sa.delete(logos).where(logos.c.org_id == org_id))
        else:
            made = insert(logos).values(org_id=org_id, digest=digest, media_type=kind, data=data)
            transaction.execute(made.on_conflict_do_update(index_elements=["org_id"], set_=dict(made.excluded)))
        draft = Draft.of(organization)
        draft.values["logo_digest"] = digest
        self._records.write(transaction, [draft])
        return draft
