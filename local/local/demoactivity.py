"""What the people of a demo organization do: tags, leads, what was talked about, and what is to be done next."""

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from local.demodata import LAST, Demo, money, person_name, uuid7

_TAGS = (
    ("重点客户 Key account", "red"),
    ("老客户 Regular", "green"),
    ("展会 Fair", "violet"),
    ("待激活 Dormant", "gray"),
)
_TALKS = (
    ("call", "电话沟通需求", "客户希望先试用专业版，关心部署周期和售后响应时间。约定下周提供报价。"),
    ("meeting", "方案演示", "演示了报表和移动端，采购经理和技术总监参加。对数据导入很满意，需要补充安全说明。"),
    ("visit", "上门拜访", "参观了仓库，现场终端需要防尘型号。"),
    ("email", "Quote sent", "Sent the quote for the professional edition with two years of support. They will answer by Friday."),
    ("call", "Follow-up on the trial", "They like the reports. Open question: single sign-on. I promised an answer this week."),
    ("note", "竞争情况", "对方也在看另外两家，价格敏感，决策人是总经理。"),
    ("chat", "微信确认时间", "确认周三下午两点视频会议。"),
)  # fmt: skip
_OUTCOMES = ("reached", "interested", "postponed", "reached", "left_message")
_TASKS = (
    ("准备报价单", "high"), ("回访使用情况", "normal"), ("Send the contract", "high"), ("约见技术总监", "normal"),
    ("Call about the renewal", "urgent"), ("整理需求清单", "low"), ("Prepare the demo environment", "normal"),
)  # fmt: skip
_NEEDS = (
    "销售过程管理",
    "客服工单统一处理",
    "Replace the spreadsheets of the sales team",
    "现场服务派单",
    "Reports for the board",
)
_STATUS = ("new", "new", "contacted", "contacted", "qualified", "unqualified")
_SOURCES = ("website", "event", "referral", "search", "call")
_REGIONS = ("华东", "华北", "华南", "Europe", "Asia Pacific")


def add_activity(demo: Demo, source: random.Random, today: date) -> None:
    """Tags, leads, interactions and tasks around the accounts and contacts that are there."""
    demo.tags += [{"id": uuid7(source), "name": name, "color": color} for name, color in _TAGS]
    for account in demo.accounts:
        account |= {
            "rating": source.choice(("hot", "warm", "warm", "cold")),
            "size": source.choice(("small", "medium", "large")),
            "region": source.choice(_REGIONS),
            "source": source.choice(_SOURCES),
            "tag_ids": [source.choice(demo.tags)["id"]] if source.random() < 0.5 else [],
        }
    demo.leads += [_lead(demo, source, today) for _ in range(36)]
    demo.interactions += [_interaction(demo, source, today) for _ in range(180)]
    demo.tasks += [_task(demo, source, today, number) for number in range(48)]


def _moment(day: date, source: random.Random) -> str:
    """Within office hours in Shanghai."""
    return datetime.combine(day, time(source.randrange(1, 10), source.choice((0, 15, 30, 45))), UTC).isoformat()


def _lead(demo: Demo, source: random.Random, today: date) -> dict[str, Any]:
    chinese = source.random() < 0.6
    person = person_name(source, chinese=chinese)
    identity = uuid7(source)
    return {
        "id": identity,
        "name": person,
        "company": f"{source.choice(('宏图', '中科', '东方', '正大'))}{source.choice(('电子', '食品', '建材'))}有限公司"
        if chinese
        else f"{source.choice(LAST)} & {source.choice(LAST)} Ltd",
        "status": source.choice(_STATUS),
        "phone": f"+86137{source.randrange(10**8):08d}" if chinese else "",
        "email": f"lead.{identity[-6:]}@prospect.example",
        "source": source.choice(_SOURCES),
        "rating": source.choice(("hot", "warm", "cold")),
        "need": source.choice(_NEEDS),
        "budget": money(source.randrange(2, 60) * 5_000),
        "expected_close_date": (today + timedelta(days=source.randrange(10, 120))).isoformat(),
        "next_contact_date": (today + timedelta(days=source.randrange(-3, 14))).isoformat(),
        "owner_id": source.choice(demo.users)["id"],
    }


def _about(demo: Demo, source: random.Random) -> dict[str, Any]:
    contact = source.choice(demo.contacts)
    return {"account_id": contact["account_id"], "contact_id": contact["id"], "owner_id": contact["owner_id"]}


def _interaction(demo: Demo, source: random.Random, today: date) -> dict[str, Any]:
    kind, subject, body = source.choice(_TALKS)
    return {
        "id": uuid7(source),
        "kind": kind,
        "subject": subject,
        "body": body,
        "start_time": _moment(today - timedelta(days=source.randrange(1, 200)), source),
        "outcome": source.choice(_OUTCOMES) if kind != "note" else "",
        **({"duration_minutes": source.choice((10, 15, 30, 60))} if kind in ("call", "meeting", "visit") else {}),
        **_about(demo, source),
    }


def _task(demo: Demo, source: random.Random, today: date, number: int) -> dict[str, Any]:
    subject, priority = _TASKS[number % len(_TASKS)]
    due = today + timedelta(days=source.randrange(-6, 12))
    begun = _moment(due, source)
    done = due < today and source.random() < 0.7
    return {
        "id": uuid7(source),
        "subject": subject,
        "priority": priority,
        "status": "done" if done else "open",
        "due_date": due.isoformat(),
        **({"start_time": begun, "end_time": _later(begun)} if source.random() < 0.5 else {}),
        **_about(demo, source),
    }


def _later(begun: str) -> str:
    return (datetime.fromisoformat(begun) + timedelta(hours=1)).isoformat()
