"""Files as those who made them see them.

An export's file is as open as its module. An upload holds what people keep of the modules that it was imported into: a
program that was narrowed reads it with the right to import into all of them, or into any where it is in none yet.
"""

import uuid
from typing import Any

import sqlalchemy as sa

from chassis.call import Call
from chassis.contract import all_resources
from chassis.database.connection import Database
from chassis.database.schema import files, jobs
from chassis.errors import NotFoundError


def own_file(database: Database, call: Call, file_id: uuid.UUID) -> Any:
    """The row of one of the caller's own files. Raises NotFoundError."""
    wanted = sa.select(files).where(
        files.c.org_id == call.org_id, files.c.id == file_id, files.c.created_by == call.principal.user_id
    )
    rows = database.read(call, wanted)
    if not rows or not _reached(database, call, rows[0]):
        raise NotFoundError
    return rows[0]


def _reached(database: Database, call: Call, row: Any) -> bool:
    if row.module:
        # What was taken out of a module is out of reach for a token, or a role, that does not view it.
        return call.access.allows(f"{row.module}.view") and call.access.reaches(row.module, "export")
    if not call.access.narrowings:
        return True
    taken = sa.select(jobs.c.module).where(
        jobs.c.org_id == call.org_id,
        jobs.c.kind == "import",
        jobs.c.user_id == call.principal.user_id,
        jobs.c.data["file_id"].astext == str(row.id),
    )
    if modules := {job.module for job in database.read(call, taken.distinct())}:
        return all(call.access.reaches(module, "import") for module in modules)
    return any(call.access.reaches(contract.module, "import") for contract in all_resources().values())
