"""`ReportService`: the reports there are, and their figures."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from google.type import date_pb2

from chassis.call import Call
from chassis.database.connection import Database
from chassis.errors import InvalidArgumentError, NotFoundError, PermissionDeniedError, PreconditionError
from chassis.resources.kinds import to_timestamp
from chassis.texts import register, text
from guanxi.options.v1 import options_pb2
from guanxi.reporting.v1 import reports_pb2
from reporting.cubes.cube import Attribute, Dimension, Measure, Names, Report
from reporting.cubes.query import Query, ranged, statement, titles_of, visible_dimensions, visible_measures

register(
    {
        "UNASSIGNED": ("(无)", "(none)"),
        "NO_TIME_RANGE": (
            "该报表不能按时间范围筛选；请去掉日期",
            "This report takes no time range; leave the dates out",
        ),
        "RANGE_REVERSED": ("结束日期不能早于开始日期", "The range ends before it begins"),
        "SEVERAL_CURRENCIES": (
            '这些金额使用了多种货币,无法相加;请按币种分组,或用筛选条件选定一种货币(例如 currency = "CNY")',
            'These amounts are in several currencies and cannot be added; group or filter by one (currency = "USD")',
        ),
    }
)


class ReportServicer:
    """Handlers of `ReportService`."""

    def __init__(self, database: Database, reports: Mapping[str, Report]) -> None:
        self._database = database
        self._reports = reports

    def list_reports(self, call: Call, request: reports_pb2.ListReportsRequest) -> reports_pb2.ListReportsResponse:
        """Reports of which the caller may see anything."""
        return reports_pb2.ListReportsResponse(
            reports=[_report(call, report) for report in self._reports.values() if _permitted(call, report)]
        )

    def run_report(self, call: Call, request: reports_pb2.RunReportRequest) -> reports_pb2.RunReportResponse:
        """A report's figures for the records the caller may see."""
        report = self._reports.get(request.id)
        if report is None:
            raise NotFoundError
        if not _permitted(call, report):
            raise PermissionDeniedError
        query = _query(call, report, request)
        rows = self._database.read(call, statement(call, query))
        return _answer(call, query, rows)


def _permitted(call: Call, report: Report) -> bool:
    """Whether the caller may view the module, and sees at least one figure and something to group it by."""
    return (
        call.access.scope(report.cube.module, "view") is not None
        and bool(visible_measures(call, report.cube, report.figures))
        and bool(visible_dimensions(call, report.cube, report.dimensions))
    )


def _query(call: Call, report: Report, request: reports_pb2.RunReportRequest) -> Query:
    dimensions = visible_dimensions(call, report.cube, report.dimensions)
    chosen = request.group or report.dimension
    if chosen not in dimensions:
        raise InvalidArgumentError.of("group", "UNKNOWN_CHOICE", value=chosen[:60])
    measures = visible_measures(call, report.cube, report.figures)
    first, last = _day(request, "from"), _day(request, "to")
    if (first or last) and not ranged(call, report.cube):
        raise InvalidArgumentError.of("from" if first else "to", "NO_TIME_RANGE")
    if first and last and last < first:
        raise InvalidArgumentError.of("to", "RANGE_REVERSED")
    return Query(report.cube, dimensions[chosen], measures, first, last, request.filter)


def _day(request: reports_pb2.RunReportRequest, name: str) -> date | None:
    if not request.HasField(name):
        return None
    value: date_pb2.Date = getattr(request, name)
    try:
        return date(value.year, value.month, value.day)
    except ValueError as error:
        raise InvalidArgumentError.of(name, "INVALID_DATE") from error


def _answer(call: Call, query: Query, rows: Sequence[Any]) -> reports_pb2.RunReportResponse:
    """Amounts of several currencies are never added: the question is refused, or, where it is grouped by currency,
    their total is left out.
    """
    total = next(row for row in rows if row.is_total)
    groups = [row for row in rows if not row.is_total]
    mixed = total.currencies > 1
    if mixed and not _by_currency(query):
        raise PreconditionError("SEVERAL_CURRENCIES")
    attribute = query.cube.attributes[query.dimension.name]
    titles = titles_of(call, attribute, groups)
    answer = reports_pb2.RunReportResponse(
        columns=[_dimension(query.dimension, attribute), *(_measure(item) for item in query.measures)],
        totals=reports_pb2.ReportRow(values=["", *_figures(total, query.measures, mixed=mixed)], ids=[""]),
        currency="" if mixed else total.currency or call.organization.currency,
    )
    for row in groups:
        title = titles.get(row.value) or text("UNASSIGNED", call.language)
        identifier = str(row.value) if isinstance(row.value, uuid.UUID) else ""
        answer.rows.add(values=[title, *_figures(row, query.measures)], ids=[identifier])
    if total.as_of:
        answer.as_of.CopyFrom(to_timestamp(total.as_of))
    return answer


def _by_currency(query: Query) -> bool:
    dimension = query.dimension
    return bool(query.cube.currency) and (dimension.path or dimension.name) == query.cube.currency


def _figures(row: Any, measures: Sequence[Measure], *, mixed: bool = False) -> list[str]:
    return [
        "" if mixed and measure.kind == "money" else _figure(getattr(row, f"figure_{number}"), measure.kind)
        for number, measure in enumerate(measures)
    ]


def _figure(value: Any, kind: str) -> str:
    if value is None:
        return ""
    if kind == "integer":
        return str(int(value))
    return format(Decimal(value).quantize(Decimal("0.01")), "f")


def _report(call: Call, report: Report) -> reports_pb2.Report:
    dimensions = visible_dimensions(call, report.cube, report.dimensions).values()
    columns = [_dimension(item, report.cube.attributes[item.name]) for item in dimensions]
    return reports_pb2.Report(
        id=report.id,
        label=_label(report.label),
        description=_label(report.about),
        chart=report.chart,
        filters=columns,
        groups=columns,
        ranged=ranged(call, report.cube),
    )


def _dimension(item: Dimension, attribute: Attribute) -> reports_pb2.Column:
    field = attribute.field
    kind = item.granularity or (field.kind if field.kind in ("choice", "reference") else "text")
    return reports_pb2.Column(
        name=item.name,
        label=_label(item.label) if item.label else field.options.label,
        kind=kind,
        reference=field.reference,
        choices=field.options.choices,
    )


def _measure(item: Measure) -> reports_pb2.Column:
    return reports_pb2.Column(name=item.name, label=_label(item.label), kind=item.kind, measure=True)


def _label(names: Names) -> options_pb2.Label:
    return options_pb2.Label(zh=names[0], en=names[1])
