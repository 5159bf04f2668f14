"""A company settles when it works."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.browser.client import Client

YEAR = datetime.now(ZoneInfo("Asia/Shanghai")).year


def test_the_week_is_edited_span_by_span(client: Callable[..., Client]) -> None:
    """A second span, a worked Saturday, a wrong entry said at its day; leaving half-way asks first."""
    person = client()
    page = person.open("/settings/calendar").page
    person.button("action.edit").click()
    monday = page.get_by_role("group", name="Monday")
    monday.get_by_label(person.t("calendar.to", day="Monday")).fill("12:00")
    person.button("calendar.add", day="Monday").click()
    monday.get_by_label(person.t("calendar.from", day="Monday")).last.fill("11:00")
    person.button("calendar.add", day="Saturday").click()
    page.get_by_label(person.t("calendar.to", day="Saturday")).fill("00:00")
    person.button("action.save").click()
    expect(monday.get_by_role("alert")).to_contain_text("The hours overlap")
    person.link(person.t("nav.settings")).first.click()
    expect(page.get_by_text(person.t("form.unsaved"))).to_be_visible()
    person.button("form.stay").click()
    monday.get_by_label(person.t("calendar.from", day="Monday")).last.fill("13:00")
    person.button("calendar.likeMonday").click()
    person.button("action.save").click()
    expect(page.get_by_text(person.t("form.saved"))).to_be_visible()
    organization = person.call("GET", "/sessions/current")["organization_id"]
    week = {
        one["weekday"]: one["hours"] for one in person.call("GET", f"/organizations/{organization}")["working_hours"]
    }
    assert {**dict.fromkeys(range(1, 6), "09:00-12:00, 13:00-18:00"), 6: "09:00-24:00"} == week


def test_holidays_stand_by_year(client: Callable[..., Client]) -> None:
    """A day off and a day worked for it are added in a form that explains itself; another year has its own."""
    person = client(language="zh-CN")
    person.create("holidays", name="国庆调休", date=f"{YEAR}-10-10", working=True, hours="9:00-12:00")
    page = person.open("/settings/calendar").page
    expect(page.get_by_text(f"{person.t('calendar.worked')} 09:00-12:00")).to_be_visible()
    person.link(person.t("calendar.addHoliday")).click()
    expect(page.get_by_text("例如 09:00-12:00, 13:00-18:00；留空则同平日")).to_be_visible()
    person.field("名称").fill("国庆节")
    person.field("日期").fill(f"{YEAR}-10-01")
    person.button("form.create").click()
    expect(page.get_by_text(person.t("form.created"), exact=True)).to_be_visible()
    person.open("/settings/calendar")
    expect(person.link("国庆节")).to_be_visible()
    person.button("calendar.after").click()
    expect(page.get_by_text(person.t("calendar.none", year=str(YEAR + 1)))).to_be_visible()
