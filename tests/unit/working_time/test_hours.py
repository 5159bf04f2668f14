"""Hours of a day as people write them."""

import pytest

from chassis.calendar import HoursError, parse_hours, write_hours


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        ("09:00-18:00", "09:00-18:00"),
        ("13:30-18:00,9:00-12:00", "09:00-12:00, 13:30-18:00"),
        ("09：00—12：00、13：00～18：00", "09:00-12:00, 13:00-18:00"),
        ("9:00至12:00；13:00 – 18:00", "09:00-12:00, 13:00-18:00"),
        ("9:00 to 12:00, 12:00 to 17:00", "09:00-17:00"),
        ("22:00-24:00, 00:00-06:00", "00:00-06:00, 22:00-24:00"),
    ],
)
def test_read(text: str, kept: str) -> None:
    """However they are written, hours are kept in one form, which is read again as the same."""
    assert kept == write_hours(parse_hours(text))
    assert parse_hours(text) == parse_hours(kept)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("morning", "HOURS_UNREADABLE"),
        ("9-17", "HOURS_UNREADABLE"),
        ("09:60-10:00", "HOURS_UNREADABLE"),
        ("09:00-24:01", "HOURS_UNREADABLE"),
        (", ".join(f"{hour:02d}:00-{hour:02d}:30" for hour in range(9)), "HOURS_UNREADABLE"),
        ("22:00-06:00", "HOURS_ORDER"),
        ("09:00-09:00", "HOURS_ORDER"),
        ("09:00-12:00, 11:00-18:00", "HOURS_OVERLAP"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    """What names no hours says why."""
    with pytest.raises(HoursError) as caught:
        parse_hours(text)
    assert reason == caught.value.reason
