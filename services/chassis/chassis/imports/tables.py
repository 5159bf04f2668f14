"""Tables of imports, beside `jobs` and `files`.

Staging is unlogged: a crash of the database empties it, and it is made again from what is logged, the file, the
mapping, the repairs and the checkpoint in the job. Ids of records are the same when it is made again.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.database.schema import chassis_metadata
from chassis.undo.changes import changes


def _keys() -> list[sa.Column[object]]:
    return [sa.Column("org_id", sa.Uuid, nullable=False), sa.Column("job_id", sa.Uuid, nullable=False)]


# One row of the file each.
import_rows = sa.Table(
    "import_rows",
    chassis_metadata,
    *_keys(),
    sa.Column("number", sa.Integer, nullable=False),
    # Field → text of the cell, after repairs; fields without text are absent.
    sa.Column("raw", JSONB, nullable=False),
    # What identifies the record, in the form in which it is compared; NULL when nothing does.
    sa.Column("keys", ARRAY(sa.Text)),
    # Ordering key of the record's title: other rows may refer to it.
    sa.Column("title_key", sa.Text, nullable=False, server_default=""),
    # [[field, code, value, {values of the text}], …]; those of references are kept apart, to be found again.
    sa.Column("problems", JSONB, nullable=False, server_default="[]"),
    sa.Column("found", JSONB, nullable=False, server_default="[]"),
    # The record to be made; its id is settled before, so that other rows can refer to it.
    sa.Column("record_id", sa.Uuid, nullable=False),
    # The record that is there already and has the same keys.
    sa.Column("existing_id", sa.Uuid),
    # The first row of the same record, when this is another.
    sa.Column("same_as", sa.Integer),
    # Rows are written level by level: what they refer to in the same file comes first.
    sa.Column("level", sa.Integer, nullable=False, server_default="0"),
    sa.Column("skip", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.PrimaryKeyConstraint("org_id", "job_id", "number"),
    sa.Index("import_rows_keys", "org_id", "job_id", "keys"),
    sa.Index("import_rows_title", "org_id", "job_id", "title_key"),
    sa.Index("import_rows_order", "org_id", "job_id", "level", "number"),
    prefixes=["UNLOGGED"],
)

# Every different text of a reference, and what it was found to mean.
import_values = sa.Table(
    "import_values",
    chassis_metadata,
    *_keys(),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("targets", ARRAY(sa.Uuid), nullable=False, server_default="{}"),
    # The row of the file that is meant, when it is not a record yet.
    sa.Column("target_row", sa.Integer),
    # Empty when it is known; `create` when it will be made; else the code of the problem.
    sa.Column("state", sa.Text, nullable=False, server_default=""),
    sa.Column("suggestion", sa.Text, nullable=False, server_default=""),
    sa.PrimaryKeyConstraint("org_id", "job_id", "field", "value"),
    prefixes=["UNLOGGED"],
)

# Problems, grouped.
import_issues = sa.Table(
    "import_issues",
    chassis_metadata,
    *_keys(),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("rows", ARRAY(sa.Integer), nullable=False),
    sa.Column("suggestion", sa.Text, nullable=False, server_default=""),
    sa.Column("values", JSONB, nullable=False, server_default="{}"),
    sa.PrimaryKeyConstraint("org_id", "job_id", "position"),
    prefixes=["UNLOGGED"],
)

# What a person corrected, in order.
import_repairs = sa.Table(
    "import_repairs",
    chassis_metadata,
    *_keys(),
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    # 0 for every row with the value.
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("replacement", sa.Text, nullable=False),
    sa.Column("skip", sa.Boolean, nullable=False),
    sa.PrimaryKeyConstraint("org_id", "job_id", "id"),
)

# Rows refused when they were to be written: rules, and values taken meanwhile.
import_refusals = sa.Table(
    "import_refusals",
    chassis_metadata,
    *_keys(),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("values", JSONB, nullable=False, server_default="{}"),
    sa.PrimaryKeyConstraint("org_id", "job_id", "number"),
)

TABLES = (import_rows, import_values, import_issues, import_repairs, import_refusals, changes)
