"""The communication log and one's day."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.browser.client import Client

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_a_call_leaves_a_task_that_is_ticked_off(client: Callable[..., Client]) -> None:
    """Who logs a call with a file and a next step for today finds the step in their day, and is done with it there."""
    person = client(language="zh-CN")
    account = person.create("accounts", name="白鹭科技")
    page = person.open(f"/accounts/{account['id']}").page
    log = page.get_by_role("region", name="沟通记录")
    log.get_by_role("tab", name="电话", exact=True).click()
    person.field("主题").fill("谈价格")
    person.field("下一步").fill("寄合同")
    person.field("下一步日期").fill(f"{datetime.now(SHANGHAI):%Y-%m-%d}")
    with page.expect_file_chooser() as chooser:
        person.button("files.add").click()
    chooser.value.set_files({"name": "报价.txt", "mimeType": "text/plain", "buffer": b"100"})
    expect(log.get_by_role("link", name="报价.txt", exact=True)).to_be_visible()
    person.button("action.save").click()
    expect(person.says("activity.savedWithTask")).to_be_visible()
    entry = log.get_by_role("listitem").filter(has=page.get_by_role("link", name="谈价格", exact=True))
    expect(entry.get_by_role("link", name="报价.txt", exact=True)).to_be_visible()

    person.open("/my-day")
    today = page.get_by_role("region", name=person.t("task.part.today"))
    expect(today.get_by_role("link", name="白鹭科技", exact=True)).to_be_visible()
    today.get_by_role("checkbox", name=person.t("task.complete", title="寄合同")).click()
    expect(person.says("task.nothing")).to_be_visible()


def test_a_task_repeats_as_it_says(client: Callable[..., Client]) -> None:
    """On a phone the rule is chosen by words and read in words; the checklist is kept; nothing is wider than the screen."""
    person = client(width=390, height=844)
    page = person.open("/tasks/new").page
    person.field("Subject").fill("Weekly report")
    person.choose("Repeats", person.t("repeat.frequency.WEEKLY"))
    person.field(person.t("repeat.interval")).fill("2")
    page.get_by_role("checkbox", name="Mon", exact=True).check()
    page.get_by_role("button", name=person.t("line.add", what="Checklist"), exact=True).click()
    person.field(person.t("task.item", number="1")).fill("Numbers")
    assert person.overflow() == 0
    person.field("Due date").fill("2030-01-07")
    person.button("form.create").click()
    expect(page.get_by_text("every 2 weeks on Monday", exact=True)).to_be_visible()
    expect(page.get_by_role("checkbox", name="Numbers", exact=True)).not_to_be_checked()
    assert person.overflow() == 0


def test_a_record_reminds_of_itself(client: Callable[..., Client]) -> None:
    """A reminder is set on the record's page, which it names and leads to; the time is asked for."""
    person = client(width=390, height=844)
    account = person.create("accounts", name="Heron Instruments")
    page = person.open(f"/accounts/{account['id']}").page
    assert person.overflow() == 0
    person.button("reminder.me").click()
    dialog = page.get_by_role("dialog", name=person.t("reminder.me"))
    expect(dialog.get_by_label("Text")).to_have_value("Heron Instruments")
    dialog.get_by_role("button", name=person.t("action.save"), exact=True).click()
    expect(dialog.get_by_text(person.t("form.required"), exact=True)).to_be_visible()
    dialog.get_by_role("button", name="When", exact=True).click()
    page.locator(".mantine-DateTimePicker-day:not([data-outside])").last.click()
    page.locator(".mantine-DateTimePicker-submitButton").click()
    dialog.get_by_role("button", name=person.t("action.save"), exact=True).click()
    expect(person.says("reminder.set")).to_be_visible()
    made = person.call("GET", "/reminders")["reminders"][0]
    person.open(f"/reminders/{made['id']}")
    expect(person.link("Heron Instruments").first).to_be_visible()


def test_a_task_is_put_on_another_day(client: Callable[..., Client]) -> None:
    """In the calendar a task is dragged to another day, put back by one button, and opened by a click."""
    person = client(language="zh-CN")
    task = person.create("tasks", subject="回访", due_date="2030-01-09")
    page = person.open("/calendar?day=2030-01-15").page
    event = page.get_by_role("button", name="回访", exact=True)
    event.drag_to(page.get_by_role("button", name="一月 17, 2030", exact=True), force=True)
    expect(person.says("planner.moved", title="回访")).to_be_visible()
    assert person.call("GET", f"/tasks/{task['id']}")["due_date"] == "2030-01-17"
    person.button("action.undo").click()
    expect(person.says("planner.movedBack")).to_be_visible()
    assert person.call("GET", f"/tasks/{task['id']}")["due_date"] == "2030-01-09"
    person.open("/calendar?day=2030-01-09&view=day")
    event.click()
    expect(page.get_by_role("heading", name="回访", exact=True)).to_be_visible()
