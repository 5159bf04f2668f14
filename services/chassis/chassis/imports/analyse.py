"""What the staged rows mean together: which records they are, what they refer to, and what is wrong with them."""

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, array

from chassis.database.connection import Transaction
from chassis.database.schema import external_ids
from chassis.imports.cells import MOST_VALUE, choice_candidates
from chassis.imports.lookup import UNKNOWN, Lookup
from chassis.imports.plan import Plan, Source
from chassis.imports.staging import Staging, record_id_of, without_loops
from chassis.imports.tables import import_rows
from chassis.resources.records import Records
from chassis.resources.resource import Resource
from chassis.resources.spelling import split
from chassis.text import Candidates, sort_key

_MOST_SUGGESTIONS = 300
_MOST_LEVELS = 60
_SAMPLE_ROWS = 10


def future_id(staging: Staging, source: Source, text: str) -> uuid.UUID:
    """The id of a record that will be made; the same for every spelling of its name."""
    return record_id_of(staging.job_id, 0, f"{source.reference}/{sort_key(text)}")


class Analysis:
    """One look at everything staged; may be taken again after repairs."""

    def __init__(self, plan: Plan, staging: Staging, records: Records, local: Mapping[str, Resource]) -> None:
        self._plan = plan
        self._staging = staging
        self._records = records
        self._local = local
        self.unknown_foreign = 0
        """Texts that name no record of another service that is known here (yet)."""

    def take(self, transaction: Transaction) -> dict[str, int]:
        """Find out everything; returns the counts."""
        transaction.connection.exec_driver_sql("SET LOCAL statement_timeout = '10min'")
        self._staging.run(
            transaction,
            "UPDATE import_rows SET found = '[]', existing_id = NULL, same_as = NULL, level = 0"
            " WHERE org_id = :org AND job_id = :job"
            " AND (found <> '[]' OR existing_id IS NOT NULL OR same_as IS NOT NULL OR level <> 0)",
        )
        self._staging.run(transaction, "DELETE FROM import_values WHERE org_id = :org AND job_id = :job")
        self._group(transaction)
        self._match(transaction)
        self._modes(transaction)
        for source in self._plan.references:
            self._resolve(transaction, source)
        if self._within_file():
            self._order(transaction)
        self._issues(transaction)
        return self._count(transaction)

    # rows of the same record

    def _group(self, transaction: Transaction) -> None:
        """Rows with the same keys are one record; where they differ, the later ones are problems."""
        if not self._plan.keys:
            return
        self._staging.run_set(
            transaction,
            "UPDATE import_rows r SET same_as = f.first, found = CASE WHEN f.raw = r.raw THEN r.found ELSE"
            " r.found || jsonb_build_array(jsonb_build_array(:field, 'DUPLICATE_ROW', left(r.raw->>:field, 500),"
            " jsonb_build_object('first', f.first))) END"
            " FROM (SELECT DISTINCT ON (keys) keys, number AS first, raw, count(*) OVER (PARTITION BY keys) AS n"
            " FROM import_rows WHERE org_id = :org AND job_id = :job AND keys IS NOT NULL AND NOT skip"
            " ORDER BY keys, number) f"
            " WHERE r.org_id = :org AND r.job_id = :job AND f.n > 1 AND r.keys = f.keys AND r.number > f.first"
            " AND NOT r.skip",
            field=self._plan.keys[0],
        )

    def _match(self, transaction: Transaction) -> None:
        """Find the records that are there already."""
        plan, resource = self._plan, self._plan.resource
        if not plan.keys:
            return
        table, rows = resource.table, import_rows
        keys, start = self._key_expressions()
        staged = rows.c["keys"][1] if len(plan.keys) == 1 else rows.c["keys"]  # one key can use its index
        conditions = self._records.query.conditions(transaction.call, "edit", deleted=False)
        wanted = sa.select(staged).where(*self._staging.of(rows), rows.c["keys"].is_not(None))
        there = (
            sa.select(
                keys.label("keys"), sa.func.min(sa.cast(table.c.id, sa.Text)).label("id"), sa.func.count().label("n")
            )
            .select_from(start)
            .where(*conditions, keys.in_(wanted))
            .group_by(keys)
            .subquery()
        )
        here = [*self._staging.of(rows), staged == there.c["keys"]]
        found = sa.update(rows).where(*here, there.c["n"] == 1).values(existing_id=sa.cast(there.c.id, sa.Uuid))
        problem = sa.func.jsonb_build_array(
            sa.func.jsonb_build_array(
                plan.keys[0], "AMBIGUOUS", rows.c.raw.op("->>")(plan.keys[0]), sa.text("'{}'::jsonb")
            )
        )
        several = sa.update(rows).where(*here, there.c["n"] > 1).values(found=rows.c.found.op("||")(problem))
        with without_loops(transaction):
            transaction.execute(found)
            transaction.execute(several)
        self._out_of_reach(transaction)

    def _key_expressions(self) -> tuple[Any, Any]:
        """What records are compared by, an array of several, and the table or join it is read from."""
        resource = self._plan.resource
        table = resource.table
        start: Any = table
        parts: list[Any] = []
        for key in self._plan.keys:
            if key.startswith("external_ids."):
                outer = external_ids.alias()
                parts.append(outer.c.external_id)
                start = start.join(
                    outer,
                    sa.and_(
                        outer.c.org_id == table.c.org_id,
                        outer.c.module == resource.module,
                        outer.c.system == key.removeprefix("external_ids."),
                        outer.c.record_id == table.c.id,
                    ),
                )
                continue
            if key == "id":
                parts.append(sa.cast(table.c.id, sa.Text))
                continue
            binding = resource.bindings[key]
            if binding.kind == "date":
                parts.append(sa.func.to_char(table.c[key], "YYYY-MM-DD"))
                continue
            name = binding.sort_column if binding.kind != "email" else None
            parts.append(table.c[name] if name is not None else sa.func.casefold(table.c[key]))
        return (parts[0] if len(parts) == 1 else sa.cast(array(parts), ARRAY(sa.Text))), start

    def _out_of_reach(self, transaction: Transaction) -> None:
        """External ids of records that the importer may not change: taken, and no more is said."""
        for position, key in enumerate(self._plan.keys, start=1):
            if key.startswith("external_ids."):
                self._staging.run_set(
                    transaction,
                    "UPDATE import_rows r SET found = r.found ||"
                    " jsonb_build_array(jsonb_build_array(:field, 'TAKEN', r.keys[:position], '{}'::jsonb))"
                    " FROM external_ids e WHERE r.org_id = :org AND r.job_id = :job AND r.existing_id IS NULL"
                    " AND e.org_id = :org AND e.module = :module AND e.system = :system"
                    " AND e.external_id = r.keys[:position] AND EXISTS ("
                    f'SELECT FROM "{self._plan.resource.table.name}" t WHERE t.org_id = :org AND t.id = e.record_id'
                    " AND t.delete_time IS NULL)",
                    field=key,
                    position=position,
                    module=self._plan.resource.module,
                    system=key.removeprefix("external_ids."),
                )

    def _modes(self, transaction: Transaction) -> None:
        code, condition = {
            "create": ("EXISTS", "existing_id <> record_id"),
            "update": ("NOT_THERE", "existing_id IS NULL"),
            "upsert": ("", "false"),
        }[self._plan.mode]
        if code:
            key = self._plan.keys[0] if self._plan.keys else ""
            self._staging.run(
                transaction,
                "UPDATE import_rows SET found = found || jsonb_build_array(jsonb_build_array("
                "CAST(:field AS text), CAST(:code AS text), coalesce(left(raw->>:field, 500), ''), '{}'::jsonb))"
                f" WHERE org_id = :org AND job_id = :job AND NOT skip AND same_as IS NULL AND {condition}",
                field=key,
                code=code,
            )

    # references

    def _within_file(self) -> list[Source]:
        return [source for source in self._plan.references if source.reference == self._plan.resource.type]

    def _resolve(self, transaction: Transaction, source: Source) -> None:
        """Say of every different text of a reference what it means."""
        within = self._within(transaction, source)
        lookup = Lookup(source.reference, transaction.call.organization, self._local, within)
        several = source.kind == "references"
        suggested = 0
        for piece in self._staging.values(transaction, source.path):
            parts = {text: split(text) if several else [text] for text in piece}
            found = lookup.find(transaction, sorted({part for texts in parts.values() for part in texts}))
            own = self._titles(transaction, piece) if source in self._within_file() else {}
            rows = []
            for text, texts in parts.items():
                row: dict[str, Any] = {"field": source.path, "value": text, "targets": [], "target_row": None}
                row |= {"state": "", "suggestion": ""}
                wrong = [part for part in texts if part not in found or found[part].state]
                if not wrong:
                    row["targets"] = [found[part].target for part in texts]
                elif sort_key(text) in own:
                    row["target_row"], target = own[sort_key(text)]
                    row["targets"] = [target]
                elif source.create_missing and not any(part in found for part in wrong):
                    targets = [found[part].target if part in found else self._future_id(source, part) for part in texts]
                    row |= {"state": "create", "targets": targets}
                else:
                    known = found.get(wrong[0])
                    row["state"] = known.state if known else UNKNOWN
                    if suggested < _MOST_SUGGESTIONS:
                        suggested += 1
                        row["suggestion"] = lookup.suggest(transaction, wrong[0]) if len(texts) == 1 else ""
                    self.unknown_foreign += source.reference not in self._local
                rows.append(row)
            self._staging.put_values(transaction, rows)
        self._staging.run_set(
            transaction,
            "UPDATE import_rows r SET found = r.found || jsonb_build_array(jsonb_build_array("
            "v.field, v.state, left(v.value, 500), '{}'::jsonb)) FROM import_values v"
            " WHERE r.org_id = :org AND r.job_id = :job AND v.org_id = :org AND v.job_id = :job AND v.field = :field"
            " AND v.state NOT IN ('', 'create') AND r.raw->>:field = v.value",
            field=source.path,
        )

    def _future_id(self, source: Source, text: str) -> uuid.UUID:
        return future_id(self._staging, source, text)

    def _titles(self, transaction: Transaction, texts: list[str]) -> dict[str, tuple[int, uuid.UUID]]:
        """Titles of the file's own rows: key → row and record."""
        rows = self._staging.rows(
            transaction,
            "SELECT DISTINCT ON (title_key) title_key, number, coalesce(existing_id, record_id) AS id FROM import_rows"
            " WHERE org_id = :org AND job_id = :job AND title_key = ANY(:keys) AND title_key <> '' AND NOT skip"
            " AND same_as IS NULL ORDER BY title_key, number",
            keys=[sort_key(text) for text in texts],
        )
        return {row.title_key: (row.number, row.id) for row in rows}

    def _within(self, transaction: Transaction, source: Source) -> dict[str, uuid.UUID]:
        """What narrows the meaning of a title: a stage is looked for in the pipeline of the file, else the first."""
        target = self._local.get(source.reference)
        resource = self._plan.resource
        if target is None or source.reference == resource.type:
            return {}
        narrowed = {}
        for name, kind in target.references.items():
            parent = self._local.get(kind)
            if parent is None or resource.references.get(name) != kind or kind == target.type:
                continue
            given = next((other for other in self._plan.sources if other.path == name), None)
            if given is not None and given.column >= 0:
                continue  # it differs from row to row
            if given is not None:
                meant = Lookup(kind, transaction.call.organization, self._local).find(transaction, [given.constant])
                if given.constant in meant and meant[given.constant].target:
                    narrowed[name] = meant[given.constant].target
            else:
                first = self._first(transaction, parent)
                if first is not None:
                    narrowed[name] = first
        return {name: found for name, found in narrowed.items() if found is not None}

    def _first(self, transaction: Transaction, parent: Resource) -> uuid.UUID | None:
        table = parent.table
        order = [table.c[name] for name in ("position", "create_time", "id") if name in table.c]
        statement = sa.select(table.c.id).where(
            table.c.org_id == transaction.call.org_id, *parent.share(), table.c.delete_time.is_(None)
        )
        return transaction.execute(statement.order_by(*order).limit(1)).scalar_one_or_none()

    def _order(self, transaction: Transaction) -> None:
        """Rows that others of the file refer to come first; what refers to a row that is left out is left out, too."""
        for source in self._within_file():
            joined = (
                " FROM import_values v JOIN import_rows p ON p.org_id = v.org_id AND p.job_id = v.job_id"
                " AND p.number = v.target_row WHERE r.org_id = :org AND r.job_id = :job AND v.org_id = :org"
                " AND v.job_id = :job AND v.field = :field AND r.raw->>:field = v.value AND NOT r.skip"
            )
            field = source.path

            def deeper(joined: str = joined, field: str = field) -> int:
                return self._staging.run_set(
                    transaction,
                    f"UPDATE import_rows r SET level = p.level + 1{joined} AND p.level >= r.level",
                    field=field,
                )

            if self._staging.repeat(deeper, _MOST_LEVELS) >= _MOST_LEVELS:
                self._mark(transaction, f"{joined} AND r.level >= {_MOST_LEVELS // 2}", field, "CYCLE")

            def orphaned(joined: str = joined, field: str = field) -> int:
                condition = " AND (p.skip OR p.problems <> '[]' OR p.found <> '[]') AND r.found = '[]'"
                return self._mark(transaction, joined + condition, field, "ROW_LEFT_OUT")

            self._staging.repeat(orphaned)

    def _mark(self, transaction: Transaction, joined: str, field: str, code: str) -> int:
        return self._staging.run_set(
            transaction,
            "UPDATE import_rows r SET found = r.found || jsonb_build_array(jsonb_build_array("
            f"v.field, '{code}', left(v.value, 500), '{{}}'::jsonb)){joined}",
            field=field,
        )

    # the result

    def _issues(self, transaction: Transaction) -> None:
        """Group the problems by field, code and value, most frequent first."""
        self._staging.run(transaction, "DELETE FROM import_issues WHERE org_id = :org AND job_id = :job")
        self._staging.run(
            transaction,
            "INSERT INTO import_issues (org_id, job_id, position, field, code, value, count, rows, values)"
            " SELECT :org, :job, row_number() OVER (ORDER BY count(*) DESC, min(number)), p->>0, p->>1, p->>2, count(*),"
            f" (array_agg(number ORDER BY number))[1:{_SAMPLE_ROWS}], (array_agg(p->3 ORDER BY number))[1]"
            " FROM import_rows, jsonb_array_elements(problems || found) p"
            " WHERE org_id = :org AND job_id = :job AND NOT skip GROUP BY p->>0, p->>1, p->>2",
        )
        self._staging.run_set(
            transaction,
            "UPDATE import_issues i SET suggestion = v.suggestion FROM import_values v"
            " WHERE i.org_id = :org AND i.job_id = :job AND v.org_id = :org AND v.job_id = :job"
            f" AND v.field = i.field AND left(v.value, {MOST_VALUE}) = i.value AND v.suggestion <> ''",
        )
        self._suggest_choices(transaction)

    def _suggest_choices(self, transaction: Transaction) -> None:
        candidates: dict[str, Candidates | None] = {}
        for row in self._staging.rows(
            transaction,
            "SELECT position, field, code, value, values FROM import_issues WHERE org_id = :org AND job_id = :job"
            f" AND code IN ('UNKNOWN_CHOICE', 'AMBIGUOUS_DATE') ORDER BY position LIMIT {_MOST_SUGGESTIONS}",
        ):
            if row.code == "AMBIGUOUS_DATE":
                near = row.values.get("first")
            else:
                if row.field not in candidates:
                    candidates[row.field] = choice_candidates(self._plan, row.field)
                known = candidates[row.field]
                near = known.nearest(row.value) if known else None
            if near:
                self._staging.run(
                    transaction,
                    "UPDATE import_issues SET suggestion = :near WHERE org_id = :org AND job_id = :job"
                    " AND position = :position",
                    near=near,
                    position=row.position,
                )

    def _count(self, transaction: Transaction) -> dict[str, int]:
        row = self._staging.rows(
            transaction,
            "SELECT count(*) AS rows, count(*) FILTER (WHERE NOT skip AND problems = '[]' AND found = '[]') AS valid,"
            " count(*) FILTER (WHERE NOT skip AND (problems <> '[]' OR found <> '[]')) AS invalid,"
            " count(*) FILTER (WHERE skip) AS skip,"
            " count(*) FILTER (WHERE NOT skip AND same_as IS NOT NULL AND problems = '[]' AND found = '[]') AS same"
            " FROM import_rows WHERE org_id = :org AND job_id = :job",
        )[0]
        counts = {"rows": row.rows, "valid": row.valid, "invalid": row.invalid}
        return {**counts, "skipped": row.skip + row.same, "same": row.same}
