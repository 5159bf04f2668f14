"""The hours of a day as people write them, `09:00-12:00, 13:00-18:00`, and as minutes since midnight."""

import re
import unicodedata

# (first minute, minute after the last), in order, none touching the next.
Spans = tuple[tuple[int, int], ...]

MOST_SPANS = 8
_DAY = 24 * 60
_SPAN = re.compile(r"(\d{1,2}):(\d{2}) ?(?:-|~|to|至|到) ?(\d{1,2}):(\d{2})")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−〜～", "-"))

# Of who has not said otherwise, by weekday: Mondays to Fridays from 9:00 to 18:00.
OFFICE_WEEK: dict[int, Spans] = dict.fromkeys(range(5), ((9 * 60, 18 * 60),))


class HoursError(ValueError):
    """A text that names no hours; `reason` says what is wrong: HOURS_UNREADABLE, HOURS_ORDER or HOURS_OVERLAP."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def parse_hours(text: str) -> Spans:
    """Spans of a day, in order; none for an empty text. Full-width signs, dashes of any length and `至` are read, too.

    A day ends at 24:00; hours over midnight are two days' (`22:00-24:00` and `00:00-06:00`). Raises HoursError.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES).replace("、", ",").replace(";", ",").lower()
    spans = sorted(_span(part.strip()) for part in plain.split(",") if part.strip())
    if len(spans) > MOST_SPANS:
        raise HoursError("HOURS_UNREADABLE")
    joined: list[tuple[int, int]] = []
    for begin, end in spans:
        if joined and begin < joined[-1][1]:
            raise HoursError("HOURS_OVERLAP")
        if joined and begin == joined[-1][1]:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((begin, end))
    return tuple(joined)


def write_hours(spans: Spans) -> str:
    """The one form in which hours are kept."""
    return ", ".join(f"{_clock(begin)}-{_clock(end)}" for begin, end in spans)


def _span(text: str) -> tuple[int, int]:
    match = _SPAN.fullmatch(re.sub(r"\s+", " ", text))
    if match is None:
        raise HoursError("HOURS_UNREADABLE")
    first_hour, first_minute, last_hour, last_minute = (int(part) for part in match.groups())
    begin, end = first_hour * 60 + first_minute, last_hour * 60 + last_minute
    if first_minute > 59 or last_minute > 59 or end > _DAY:
        raise HoursError("HOURS_UNREADABLE")
    if begin >= end:
        raise HoursError("HOURS_ORDER")
    return begin, end


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
