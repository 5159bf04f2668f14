"""`ReportService`: the reports there are, and their figures."""

import uuid
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from google.type import date_pb2

from chassis.authz.snapshots import ControlPlane, Organization
from chassis.call import Call
from chassis.contract import all_resources
from chassis.database.connection import Database
from chassis.errors import InvalidArgumentError, NotFoundError, PermissionDeniedError, PreconditionError
from chassis.resources.fields import to_timestamp
from chassis.texts import register, text
from guanxi.options.v1 import options_pb2
from guanxi.reporting.v1 import reports_pb2
from reporting.facts.table import freshness
from reporting.reports.definitions import REPORTS, Definition
from reporting.reports.layer import Dimension, Measure
from reporting.reports.query import Question, allowed, select, titles_of

register(
    {
        "UNASSIGNED": ("(无)", "(none)"),
        "RANGE_REVERSED": ("结束日期不能早于开始日期", "The range ends before it begins"),
        "SEVERAL_CURRENCIES": (
            "这些金额使用了多种货币,无法相加;请用筛选条件选定一种货币",
            "These amounts are in several currencies and cannot be added; narrow the report to one of them",
        ),
    }
)


class ReportServicer:
    """Handlers of `ReportService`."""

    def __init__(self, database: Database, control_plane: ControlPlane) -> None:
        self._database = database
        self._control_plane = control_plane

    def list_reports(self, call: Call, request: reports_pb2.ListReportsRequest) -> reports_pb2.ListReportsResponse:
        """Reports over modules the caller may view."""
        return reports_pb2.ListReportsResponse(
            reports=[
                _report(call, definition)
                for definition in REPORTS.values()
                if call.access.scope(definition.module, "view") is not None
            ]
        )

    def run_report(self, call: Call, request: reports_pb2.RunReportRequest) -> reports_pb2.RunReportResponse:
        """A report's figures for the records the caller may see."""
        definition = REPORTS.get(request.id)
        if definition is None:
            raise NotFoundError
        if call.access.scope(definition.module, "view") is None:
            raise PermissionDeniedError
        organization = self._control_plane.organization(call.org_id, version=call.access.version)
        question = _question(call, definition, request)
        rows = self._database.read(call, select(call, organization, question))
        newest = self._database.read(call, sa.select(freshness.c.time).where(freshness.c.org_id == call.org_id))
        if any(row.currencies > 1 for row in rows) and any(item.kind == "money" for item in question.measures):
            raise PreconditionError("SEVERAL_CURRENCIES")
        return _answer(call, organization, question, rows, newest)


def _question(call: Call, definition: Definition, request: reports_pb2.RunReportRequest) -> Question:
    groups = {item.name: item for item in definition.groups if allowed(call, item.sources)}
    chosen = request.group or definition.group.name
    if chosen not in groups:
        raise InvalidArgumentError.of("group", "UNKNOWN_CHOICE", value=chosen[:60])
    first = _day(request, "from")
    last = _day(request, "to")
    if first and last and last < first:
        raise InvalidArgumentError.of("to", "RANGE_REVERSED")
    measures = tuple(item for item in definition.measures if allowed(call, item.sources))
    return Question(definition, groups[chosen], measures, first, last, request.filter)


def _day(request: reports_pb2.RunReportRequest, name: str) -> date | None:
    if not request.HasField(name):
        return None
    value: date_pb2.Date = getattr(request, name)
    try:
        return date(value.year, value.month, value.day)
    except ValueError as error:
        raise InvalidArgumentError.of(name, "INVALID_DATE") from error


def _answer(
    call: Call, organization: Organization, question: Question, rows: Sequence[Any], newest: Sequence[Any]
) -> reports_pb2.RunReportResponse:
    titles = titles_of(organization, question.group, rows)
    total = next(row for row in rows if row.is_total)
    answer = reports_pb2.RunReportResponse(
        columns=[_dimension(question.group), *(_measure(item) for item in question.measures)],
        totals=reports_pb2.ReportRow(values=["", *_figures(total, question.measures)], ids=[""]),
        currency=total.currency or organization.currency,
    )
    for row in rows:
        if row.is_total:
            continue
        title = titles.get(row.value) or text("UNASSIGNED", call.language)
        identifier = str(row.value) if isinstance(row.value, uuid.UUID) else ""
        answer.rows.add(values=[title, *_figures(row, question.measures)], ids=[identifier])
    if newest:
        answer.as_of.CopyFrom(to_timestamp(newest[0].time))
    return answer


def _figures(row: Any, measures: Sequence[Measure]) -> list[str]:
    return [_figure(getattr(row, measure.name), measure.kind) for measure in measures]


def _figure(value: Any, kind: str) -> str:
    if value is None:
        return ""
    if kind == "integer":
        return str(int(value))
    return format(Decimal(value).quantize(Decimal("0.01")), "f")


def _report(call: Call, definition: Definition) -> reports_pb2.Report:
    groups = [_dimension(item) for item in definition.groups if allowed(call, item.sources)]
    return reports_pb2.Report(
        id=definition.id,
        label=options_pb2.Label(zh=definition.zh, en=definition.en),
        description=options_pb2.Label(zh=definition.about_zh, en=definition.about_en),
        chart=definition.chart,
        filters=groups,
        groups=groups,
        ranged=definition.ranged,
    )


def _dimension(item: Dimension) -> reports_pb2.Column:
    column = reports_pb2.Column(
        name=item.name, label=options_pb2.Label(zh=item.zh, en=item.en), kind=item.kind, reference=item.reference
    )
    if item.kind == "choice":
        source = all_resources()["customers.Account"].fields[item.name]
        column.choices.extend(source.options.choices)
    return column


def _measure(item: Measure) -> reports_pb2.Column:
    return reports_pb2.Column(
        name=item.name, label=options_pb2.Label(zh=item.zh, en=item.en), kind=item.kind, measure=True
    )
