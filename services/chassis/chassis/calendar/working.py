"""Working time between moments, in a time zone whose clocks are changed.

A moment is working time when the local clock then shows a time within the day's hours: an hour that clocks skip is
nobody's, and one that they repeat counts twice where it is within the hours. So a day has, for each stretch of it
between two changes of the clocks, its hours shifted by that stretch's offset and cut to it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chassis.calendar.hours import Spans

# A due moment later than this is a mistake in the hours, not an answer.
MOST_DAYS = 3_660
# No offset from UTC is further than this; a local day lies within it of the day in UTC.
_REACH = timedelta(hours=16)
# Clocks are not changed twice within it.
_STEP = timedelta(hours=4)
_DAY = timedelta(days=1)
_MOST_KNOWN = 4_096

Interval = tuple[datetime, datetime]


class NoWorkingTimeError(ValueError):
    """There are not so many working minutes in the ten years to come."""


@dataclass(frozen=True)
class Calendar:
    """An organization's working time.

    `week`: hours by weekday, Monday is 0; a day without any is off. `days`: hours of certain days instead of their
    weekday's: none on a holiday, some on a Saturday that is worked for it.
    """

    zone: ZoneInfo
    week: Mapping[int, Spans]
    days: Mapping[date, Spans] = field(default_factory=dict)
    _known: dict[date, tuple[Interval, ...]] = field(default_factory=dict, compare=False, repr=False)

    def spans(self, day: date) -> Spans:
        """A local day's hours."""
        found = self.days.get(day)
        return self.week.get(day.weekday(), ()) if found is None else found

    def is_working(self, moment: datetime) -> bool:
        """Whether somebody works then. `moment` is aware."""
        return any(begin <= moment < end for begin, end in self._intervals(moment.astimezone(self.zone).date()))

    def add(self, moment: datetime, minutes: int) -> datetime:
        """The first moment, in UTC, by which so many working minutes have passed since `moment` (aware).

        0 minutes is the moment itself. Raises NoWorkingTimeError, and ValueError for fewer than 0 minutes.
        """
        if minutes < 0:
            raise ValueError("working minutes are added, not taken away")
        moment = moment.astimezone(UTC)
        left = timedelta(minutes=minutes)
        if not left:
            return moment
        for first, after in self._from(moment):
            begin = max(first, moment)
            if after - begin >= left:
                return begin + left
            left -= after - begin
        raise NoWorkingTimeError

    def minutes_between(self, begin: datetime, end: datetime) -> int:
        """Whole working minutes from `begin` to `end` (both aware); negative when `end` is the earlier one."""
        if end < begin:
            return -self.minutes_between(end, begin)
        total = timedelta()
        # A day more on either side: clocks that go back over midnight give a moment to the day before.
        day, last = begin.astimezone(self.zone).date() - _DAY, end.astimezone(self.zone).date() + _DAY
        while day <= last:
            for first, after in self._intervals(day):
                total += max(min(after, end) - max(first, begin), timedelta())
            day += _DAY
        return total // timedelta(minutes=1)

    def _from(self, moment: datetime) -> Iterator[Interval]:
        """Working time that ends after a moment, in order; up to ten years."""
        day = moment.astimezone(self.zone).date() - _DAY
        waiting: list[Interval] = []
        for _ in range(MOST_DAYS):
            waiting = sorted([*waiting, *self._intervals(day)])
            day += _DAY
            # Nothing of the next day is earlier than this.
            safe = _midnight(day) - _REACH
            while waiting and waiting[0][1] <= safe:
                if (found := waiting.pop(0))[1] > moment:
                    yield found
        yield from waiting

    def _intervals(self, day: date) -> tuple[Interval, ...]:
        """A local day's working time in UTC, in order."""
        found = self._known.get(day)
        if found is None:
            spans = self.spans(day)
            found = tuple(sorted(_shifted(day, spans, self.zone))) if spans else ()
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[day] = found
        return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _shifted(day: date, spans: Spans, zone: ZoneInfo) -> Iterator[Interval]:
    for begin, end, offset in _stretches(day, zone):
        local = _midnight(day) - offset
        for first, after in spans:
            shown = max(local + timedelta(minutes=first), begin), min(local + timedelta(minutes=after), end)
            if shown[0] < shown[1]:
                yield shown


def _stretches(day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """The time around a local day, cut where clocks are changed: from, to, offset."""
    at, last = _midnight(day) - _REACH, _midnight(day) + _DAY + _REACH
    begin, offset = at, _offset(at, zone)
    while at < last:
        after = at + _STEP
        if (changed := _offset(after, zone)) != offset:
            cut = _change(at, after, zone)
            yield begin, cut, offset
            begin, offset = cut, changed
        at = after
    yield begin, last, offset


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first second of the later one's offset."""
    low, high, offset = int(before.timestamp()), int(after.timestamp()), _offset(before, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(datetime.fromtimestamp(middle, UTC), zone) == offset:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
