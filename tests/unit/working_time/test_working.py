"""Working time, against a reference that asks the local clock of every minute."""

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.calendar import Calendar, NoWorkingTimeError, Spans, parse_hours

MINUTE = timedelta(minutes=1)
OFFICE = dict.fromkeys(range(5), parse_hours("09:00-12:00, 13:00-18:00"))
# With days on which their clocks are changed: by an hour, by half an hour, by two; over midnight, at a minute past it;
# a day that never was; and zones that never do.
CHANGES = {
    "America/New_York": [date(2026, 3, 8), date(2026, 11, 1)],
    "Europe/Berlin": [date(2026, 3, 29), date(2026, 10, 25)],
    "Australia/Lord_Howe": [date(2026, 4, 5), date(2026, 10, 4)],
    "Antarctica/Troll": [date(2026, 3, 29), date(2026, 10, 25)],
    "America/St_Johns": [date(2010, 3, 14), date(2010, 11, 7)],
    "America/Sao_Paulo": [date(2018, 2, 17), date(2018, 11, 4)],
    "America/Havana": [date(2026, 3, 8), date(2026, 11, 1)],
    "Asia/Beirut": [date(2026, 3, 29), date(2026, 10, 25)],
    "Africa/Casablanca": [date(2026, 2, 15), date(2026, 3, 22)],
    "Pacific/Apia": [date(2011, 12, 30)],
    "Asia/Shanghai": [date(2026, 10, 1)],
    "Asia/Kathmandu": [date(2026, 6, 1)],
    "UTC": [date(2026, 6, 1)],
}


def works(calendar: Calendar, moment: datetime) -> bool:
    """What the clock on the wall says, without any arithmetic of ours."""
    local = moment.astimezone(calendar.zone)
    minute = local.hour * 60 + local.minute
    return any(first <= minute < after for first, after in calendar.spans(local.date()))


def counted(calendar: Calendar, begin: datetime, end: datetime) -> int:
    """Working minutes, one by one."""
    return sum(works(calendar, begin + at * MINUTE) for at in range(int((end - begin) / MINUTE)))


def reached(calendar: Calendar, moment: datetime, minutes: int) -> datetime:
    """The moment by which so many have passed, one by one."""
    while minutes:
        minutes -= works(calendar, moment)
        moment += MINUTE
    return moment


@st.composite
def spans(draw: st.DrawFn) -> Spans:
    """Hours of a day, from none to all of them."""
    edges = sorted(draw(st.lists(st.sampled_from([*range(0, 1441, 30), 1, 59, 61, 121]), unique=True, max_size=6)))
    return tuple(zip(edges[::2], edges[1::2], strict=False))


@st.composite
def places(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """A calendar, and a moment near a day on which its clocks are changed."""
    name = draw(st.sampled_from(sorted(CHANGES)))
    near = draw(st.sampled_from(CHANGES[name]))
    days = st.dates(near - timedelta(days=4), near + timedelta(days=4))
    week = draw(st.dictionaries(st.integers(0, 6), spans(), min_size=3))
    calendar = Calendar(ZoneInfo(name), week, draw(st.dictionaries(days, spans(), max_size=4)))
    start = datetime.combine(near - timedelta(days=3), datetime.min.time(), UTC)
    return calendar, start + draw(st.integers(0, 5 * 1440)) * MINUTE


@settings(max_examples=120, deadline=None)
@given(places(), st.integers(0, 4 * 1440))
def test_minutes_between_are_those_of_the_clock_on_the_wall(place: tuple[Calendar, datetime], length: int) -> None:
    """Skipped hours are nobody's, repeated ones count twice, and holidays and worked Saturdays are what they say."""
    calendar, begin = place
    end = begin + length * MINUTE
    assert counted(calendar, begin, end) == calendar.minutes_between(begin, end)
    assert -counted(calendar, begin, end) == calendar.minutes_between(end, begin)


@settings(max_examples=120, deadline=None)
@given(places(), st.integers(0, 1500))
def test_what_was_added_has_passed_and_not_a_minute_more(place: tuple[Calendar, datetime], minutes: int) -> None:
    """The moment is the first by which so many working minutes have passed."""
    calendar, moment = place
    if counted(calendar, moment, moment + timedelta(days=21)) < minutes:
        return
    due = calendar.add(moment, minutes)
    assert reached(calendar, moment, minutes) == due
    assert minutes == calendar.minutes_between(moment, due)


@settings(max_examples=100, deadline=None)
@given(places())
def test_a_moment_is_working_time_or_not(place: tuple[Calendar, datetime]) -> None:
    """One moment is what the clock on the wall says, too."""
    calendar, moment = place
    assert works(calendar, moment) == calendar.is_working(moment)


class TestExamples:
    def test_over_a_weekend(self) -> None:
        """Four hours from Friday 16:30 end on Monday at 11:30."""
        zone = ZoneInfo("Asia/Shanghai")
        due = Calendar(zone, OFFICE).add(datetime(2026, 11, 20, 16, 30, tzinfo=zone), 240)
        assert datetime(2026, 11, 23, 11, 30, tzinfo=zone) == due

    def test_golden_week(self) -> None:
        """China's National Day: a week off, for which a Saturday and a Sunday are worked."""
        zone = ZoneInfo("Asia/Shanghai")
        off = {date(2026, 10, day): () for day in range(1, 9)}
        calendar = Calendar(zone, OFFICE, {**off, date(2026, 10, 10): OFFICE[0]})
        begin = datetime(2026, 9, 30, 17, 0, tzinfo=zone)
        assert datetime(2026, 10, 9, 10, 0, tzinfo=zone) == calendar.add(begin, 120)
        assert 60 + 2 * 480 == calendar.minutes_between(begin, datetime(2026, 10, 12, tzinfo=zone))

    def test_the_night_clocks_go_forward(self) -> None:
        """Who works around the clock has an hour less that night."""
        zone = ZoneInfo("America/New_York")
        calendar = Calendar(zone, dict.fromkeys(range(7), parse_hours("00:00-24:00")))
        begin, end = datetime(2026, 3, 8, tzinfo=zone), datetime(2026, 3, 9, tzinfo=zone)
        assert 23 * 60 == calendar.minutes_between(begin, end)
        assert datetime(2026, 3, 8, 3, 30, tzinfo=zone) == calendar.add(begin, 150)

    def test_seconds_stay(self) -> None:
        """A due moment keeps the seconds of the one it counts from; what is spent are whole minutes."""
        calendar = Calendar(ZoneInfo("UTC"), OFFICE)
        opened = datetime(2026, 11, 23, 9, 0, 30, tzinfo=UTC)
        assert opened + timedelta(minutes=10) == calendar.add(opened, 10)
        assert 1 == calendar.minutes_between(opened, opened + timedelta(seconds=119))

    def test_nobody_ever_works(self) -> None:
        """A calendar without hours says so, and soon."""
        started = time.perf_counter()
        with pytest.raises(NoWorkingTimeError):
            Calendar(ZoneInfo("Europe/Berlin"), {}).add(datetime(2026, 1, 1, tzinfo=UTC), 1)
        assert time.perf_counter() - started < 1

    def test_no_way_back(self) -> None:
        """Fewer than no minutes are a mistake of the caller's."""
        with pytest.raises(ValueError, match="not taken away"):
            Calendar(ZoneInfo("UTC"), OFFICE).add(datetime(2026, 1, 1, tzinfo=UTC), -1)
