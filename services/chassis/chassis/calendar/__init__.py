"""Working time: when an organization works, and how much of it lies between two moments. Pure; no tables.

calendar = Calendar(ZoneInfo("Asia/Shanghai"), week={0: parse_hours("09:00-12:00, 13:00-18:00")})
due = calendar.add(now, minutes=240)
spent = calendar.minutes_between(opened, now)
"""

from chassis.calendar.hours import OFFICE_WEEK, HoursError, Spans, parse_hours, write_hours
from chassis.calendar.working import Calendar, NoWorkingTimeError

__all__ = ["OFFICE_WEEK", "Calendar", "HoursError", "NoWorkingTimeError", "Spans", "parse_hours", "write_hours"]
