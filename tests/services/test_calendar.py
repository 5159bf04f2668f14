"""When an organization works: its week, its holidays, their import, and what every service knows of them."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chassis.authz.organization import Organization
from tests.services.harness import SERVICE_TOKEN, Client, refused
from tests.services.test_imports import Importer
from tests.support.house import Admin, House

ZONE = ZoneInfo("Asia/Shanghai")
YEAR = datetime.now(UTC).year + 1


def known(house: House, admin: Admin) -> Organization:
    """The organization as every service gets it."""
    service = Client(house.port, service_token=SERVICE_TOKEN)
    return Organization(service.call("GetSnapshot", organization_id=admin.org_id).snapshot)


def holiday(day: date, **values: Any) -> dict[str, Any]:
    """A day off of that date, unless `values` say otherwise."""
    return {"name": "国庆节", "date": {"year": day.year, "month": day.month, "day": day.day}, **values}


def set_week(admin: Admin, *week: tuple[int, str]) -> Any:
    """Settle the organization's week."""
    client = admin.client()
    before = client.call("GetOrganization", id=admin.org_id)
    hours = [{"weekday": weekday, "hours": hours} for weekday, hours in week]
    return client.call(
        "UpdateOrganization",
        organization={"id": admin.org_id, "etag": before.etag, "working_hours": hours},
        update_mask={"paths": ["working_hours"]},
    )


class TestWeek:
    def test_a_new_organization_has_office_hours(self, house: House, admin: Admin) -> None:
        """Mondays to Fridays from nine to six, in the organization's time zone, and every service reckons with them."""
        calendar = known(house, admin).calendar
        friday = datetime(2026, 11, 20, 17, 30, tzinfo=ZONE)
        assert datetime(2026, 11, 23, 9, 30, tzinfo=ZONE) == calendar.add(friday, 60)

    def test_kept_in_one_form(self, house: House, admin: Admin) -> None:
        """Days in order, hours as everybody writes them, days without hours left out."""
        made = set_week(admin, (6, "10:00～12:00"), (1, "13：30-18：00、9:00-12:00"), (7, ""))
        kept = [(item.weekday, item.hours) for item in made.working_hours]
        assert [(1, "09:00-12:00, 13:30-18:00"), (6, "10:00-12:00")] == kept
        calendar = known(house, admin).calendar
        assert datetime(2026, 11, 23, 9, 30, tzinfo=ZONE) == calendar.add(datetime(2026, 11, 21, 11, tzinfo=ZONE), 90)

    @pytest.mark.parametrize(
        ("week", "field", "reason"),
        [
            ([(1, "22:00-06:00")], "working_hours[0].hours", "HOURS_ORDER"),
            ([(1, "9:00-12:00, 11:00-13:00")], "working_hours[0].hours", "HOURS_OVERLAP"),
            ([(1, "9:00-12:00"), (1, "13:00-14:00")], "working_hours[1].weekday", "WEEKDAY_REPEATED"),
            ([(8, "9:00-12:00")], "working_hours[0].weekday", "OUT_OF_RANGE"),
            ([(1, "")], "working_hours", "WORKING_HOURS_EMPTY"),
        ],
    )
    def test_wrong(self, admin: Admin, week: list[tuple[int, str]], field: str, reason: str) -> None:
        """Hours that are none are named, with the day they stand at."""
        found = refused(set_week, admin, *week)
        assert [(field, reason)] == found.violations


class TestHolidays:
    def test_off_and_swapped(self, house: House, admin: Admin) -> None:
        """A holiday is off in every service; a Sunday worked for it has its hours, or an ordinary day's."""
        client = admin.client()
        monday = date(YEAR, 10, 1) + timedelta(days=-date(YEAR, 10, 1).weekday() % 7)
        client.call("CreateHoliday", holiday=holiday(monday))
        swapped = client.call(
            "CreateHoliday", holiday=holiday(monday - timedelta(days=1), working=True, hours="9:00-10:00")
        )
        assert "09:00-10:00" == swapped.hours
        client.call("CreateHoliday", holiday=holiday(monday - timedelta(days=2), working=True))
        calendar = known(house, admin).calendar
        begin = datetime(monday.year, monday.month, monday.day, tzinfo=ZONE) - timedelta(days=2)
        assert [540, 60, 0, 540] == [
            calendar.minutes_between(begin + timedelta(days=day), begin + timedelta(days=day + 1)) for day in range(4)
        ]
        client.call("DeleteHoliday", id=swapped.id, etag=swapped.etag)
        assert monday - timedelta(days=1) not in known(house, admin).calendar.days

    def test_services_know_what_can_matter(self, house: House, admin: Admin) -> None:
        """Holidays of more than a year ago stay in the list, and out of what every process keeps in memory."""
        client = admin.client()
        for day in (date(YEAR - 3, 1, 1), date(YEAR, 1, 1)):
            client.call("CreateHoliday", holiday=holiday(day))
        assert 2 == client.call("ListHolidays").total_size
        assert {date(YEAR, 1, 1)} == set(known(house, admin).calendar.days)

    @pytest.mark.parametrize(
        ("values", "field", "reason"),
        [
            ({"hours": "9:00-12:00"}, "hours", "HOURS_WHEN_OFF"),
            ({"working": True, "hours": "mornings"}, "hours", "HOURS_UNREADABLE"),
            ({"name": ""}, "name", "REQUIRED"),
            ({"date": None}, "date", "REQUIRED"),
        ],
    )
    def test_wrong(self, admin: Admin, values: dict[str, Any], field: str, reason: str) -> None:
        """What is no holiday says why."""
        found = refused(admin.client().call, "CreateHoliday", holiday=holiday(date(YEAR, 5, 1), **values))
        assert [(field, reason)] == found.violations

    def test_one_entry_for_a_day(self, admin: Admin) -> None:
        """A second one is refused; after the first is deleted it is not."""
        client = admin.client()
        first = client.call("CreateHoliday", holiday=holiday(date(YEAR, 5, 1)))
        assert [("date", "TAKEN")] == refused(
            client.call, "CreateHoliday", holiday=holiday(date(YEAR, 5, 1))
        ).violations
        client.call("DeleteHoliday", id=first.id, etag=first.etag)
        client.call("CreateHoliday", holiday=holiday(date(YEAR, 5, 1)))

    def test_whose(self, house: House, admin: Admin) -> None:
        """Strangers see none, other organizations none of ours, and members without the right change none."""
        made = admin.client().call("CreateHoliday", holiday=holiday(date(YEAR, 5, 1)))
        assert "UNAUTHENTICATED" == refused(house.client().call, "ListHolidays").code
        other = house.sign_up()
        assert 0 == other.client().call("ListHolidays").total_size
        assert "NOT_FOUND" == refused(other.client().call, "GetHoliday", id=made.id).code
        member, _ = admin.member([("holidays", "view", "all")])
        assert 1 == member.call("ListHolidays").total_size
        assert "PERMISSION_DENIED" == refused(member.call, "CreateHoliday", holiday=holiday(date(YEAR, 5, 2))).code


class TestImport:
    def test_a_year_of_holidays(self, house: House, admin: Admin) -> None:
        """A list as it is published: days are found again by their date, and what is wrong says where."""
        client = admin.client()
        client.call("CreateHoliday", holiday=holiday(date(YEAR, 10, 1), name="Old name"))
        running: Any = SimpleNamespace(service=house.identity)
        importer = Importer(running, client)
        text = f"日期,名称,补班,上班时间\n{YEAR}-10-01,国庆节,否,\n{YEAR}/10/2,国庆节,否,\n{YEAR}-10-10,国庆调休,是,09：00-12：00\n"
        job = importer.create(text, "holidays")
        assert ["date"] == list(job.keys)
        assert {"date", "name", "working", "hours"} == {mapping.field for mapping in job.mappings}
        job = importer.step("RunImport", importer.step("ValidateImport", job))
        assert ("done", 2, 1, 0) == (job.state, job.counts.created, job.counts.updated, job.counts.invalid)
        days = known(house, admin).calendar.days
        assert {date(YEAR, 10, 1): (), date(YEAR, 10, 2): (), date(YEAR, 10, 10): ((540, 720),)} == days
        again = importer.all_of(text, "holidays")
        assert (0, 0, 3) == (again.counts.created, again.counts.updated, again.counts.unchanged)
        bad = importer.all_of(
            f"日期,名称,补班,上班时间\n{YEAR}-06-01,儿童节,是,上午\n{YEAR}-06-02,儿童节,否,\n", "holidays"
        )
        assert (1, 1) == (bad.counts.created, bad.counts.invalid)
        twice = importer.create(f"日期,名称\n{YEAR}-12-25,圣诞节\n{YEAR}/12/25,平安夜\n", "holidays")
        assert 1 == importer.step("ValidateImport", twice).counts.invalid
