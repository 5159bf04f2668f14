"""`SecurityService`: what an administrator should look at."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from chassis.call import Call
from chassis.database.connection import Database
from chassis.resources.kinds import to_timestamp
from guanxi.identity.v1 import security_pb2
from identity.security.findings import administrators, findings

# Written by `make audit` into the package, so that it is of the version that runs; absent where that was not run.
AUDIT = Path(__file__).parent / "vulnerabilities.json"
_MOST = 100


class SecurityServicer:
    """Handlers of `SecurityService`."""

    def __init__(self, database: Database, audit: Path = AUDIT) -> None:
        self._database = database
        self._audit = audit

    def get_security(self, call: Call, request: security_pb2.GetSecurityRequest) -> security_pb2.Security:
        """Everything, of one moment."""
        with self._database.snapshot(call) as transaction:
            found, count = findings(transaction, most=_MOST), administrators(transaction)
        answer = security_pb2.Security(administrators=count)
        for kind, (total, rows) in found.items():
            answer.findings.add(kind=kind, count=total, items=[_item(row) for row in rows])
        if self._audit.exists():
            told = json.loads(self._audit.read_text())
            answer.audit_time.CopyFrom(to_timestamp(datetime.fromisoformat(told["time"])))
            answer.vulnerabilities.extend(security_pb2.Vulnerability(**one) for one in told["vulnerabilities"])
        return answer


def _item(row: Any) -> security_pb2.SecurityItem:
    time = row.get("time")
    return security_pb2.SecurityItem(
        id=str(row["id"]),
        name=row["name"] or "",
        detail=row.get("detail") or "",
        time=to_timestamp(time) if time else None,
        count=row.get("count", 0),
        item_id=str(row.get("item_id") or ""),
    )
