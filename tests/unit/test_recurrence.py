"""Recurring tasks: one after the other they fall on the days that the whole rule means, on the wall clock of any zone."""

from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from customers.tasks.recurrence import InvalidRuleError, following, moment_of, normalized

wall = datetime.fromisoformat
ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]
FAR_BACK = date(1990, 1, 1)
day_names = st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1, unique=True)
rules = st.one_of(
    st.integers(1, 9).map("FREQ=DAILY;INTERVAL={}".format),
    st.tuples(st.integers(1, 4), day_names).map(lambda t: f"FREQ=WEEKLY;INTERVAL={t[0]};BYDAY={','.join(t[1])}"),
    st.tuples(st.integers(1, 5), st.integers(1, 31)).map(lambda t: f"FREQ=MONTHLY;INTERVAL={t[0]};BYMONTHDAY={t[1]}"),
    st.sampled_from(["FREQ=MONTHLY;BYDAY=-1FR", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=YEARLY"]),
)
walls = st.datetimes(wall("2020-01-01"), wall("2030-01-01")).map(lambda t: t.replace(second=0, microsecond=0))


@given(rules, walls, st.sampled_from(ZONES), st.integers(2, 12))
def test_as_the_whole_rule(rule: str, start: datetime, zone: str, count: int) -> None:
    """Each next one is counted from the one before; all together are what RFC 5545 means by the whole."""
    clock = ZoneInfo(zone)
    whole = rrulestr(rule, dtstart=start)
    first = next(iter(whole))
    wanted = list(islice(iter(rrulestr(f"{rule};COUNT={count}", dtstart=first)), count + 1))
    found, text = [first], f"{rule};COUNT={count}"
    while len(found) <= count:
        # A task keeps the moment; its wall clock is read from that again.
        due = moment_of(found[-1], clock).astimezone(clock).replace(tzinfo=None)
        occurrence = following(text, due, clock, FAR_BACK)
        if occurrence is None:
            break
        found.append(occurrence.due)
        text = occurrence.rule
    assert wanted == found


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("Europe/Berlin", ["2026-03-28 02:30", "2026-03-29 03:30", "2026-03-30 02:30"]),
        ("America/New_York", ["2026-03-07 02:30", "2026-03-08 03:30", "2026-03-09 02:30"]),
        ("Asia/Shanghai", ["2026-03-28 02:30", "2026-03-29 02:30", "2026-03-30 02:30"]),
    ],
)
def test_clocks_change(zone: str, days: list[str]) -> None:
    """A time that the clocks leave out is as long after the change; the day after is at the usual time again."""
    clock = ZoneInfo(zone)
    due, text, found = datetime.fromisoformat(days[0]), "FREQ=DAILY", [days[0]]
    for _ in days[1:]:
        occurrence = following(text, due, clock, FAR_BACK)
        assert occurrence
        due, text = moment_of(occurrence.due, clock).astimezone(clock).replace(tzinfo=None), occurrence.rule
        found.append(f"{due:%Y-%m-%d %H:%M}")
    assert days == found


def test_missed_ones_count() -> None:
    """Occurrences that passed are skipped, and taken off the count."""
    found = following("FREQ=DAILY;COUNT=10", wall("2026-01-01"), ZoneInfo("UTC"), date(2026, 1, 5))
    assert found
    assert (wall("2026-01-05"), "FREQ=DAILY;COUNT=6") == (found.due, found.rule)
    assert following("FREQ=DAILY;COUNT=3", wall("2026-01-01"), ZoneInfo("UTC"), date(2026, 1, 5)) is None


@pytest.mark.parametrize(
    ("until", "days"), [("20260103", 2), ("20260102T235959Z", 2), ("20260102T000000", 1), ("20260101", 0)]
)
def test_until(until: str, days: int) -> None:
    """The last day is one of them; a moment in UTC is read on the wall clock."""
    due, found = wall("2026-01-01"), 0
    while occurrence := following(f"FREQ=DAILY;UNTIL={until}", due, ZoneInfo("Asia/Shanghai"), FAR_BACK):
        due, found = occurrence.due, found + 1
    assert days == found


@pytest.mark.parametrize(
    "rule",
    [
        "", "DAILY", "FREQ=HOURLY", "FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=1;UNTIL=20260101",
        "FREQ=DAILY;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=WEEKLY;BYDAY=2MO", "FREQ=DAILY;UNTIL=20261301",
        "FREQ=MONTHLY;BYSETPOS=1", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "FREQ=DAILY\nDTSTART:20260101", "FREQ=DAILY;X=1",
        "FREQ=DAILY;BYHOUR=9",
    ],
)  # fmt: skip
def test_refused(rule: str) -> None:
    """What is no rule, or means a day that never comes."""
    with pytest.raises(InvalidRuleError):
        normalized(rule)


def test_never_far_away() -> None:
    """The rarest day that a rule may ask for is found."""
    found = following("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", wall("2028-02-29"), ZoneInfo("UTC"), FAR_BACK)
    assert found
    assert wall("2032-02-29") == found.due
    assert found.due - wall("2028-02-29") > timedelta(days=1400)
