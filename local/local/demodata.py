"""Generates what a demo organization holds: companies, people and deals that nobody has, the same for the same seed."""

import random
import time
import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡林郭何高罗"
_GIVEN = ("伟", "芳", "娜", "敏", "静", "磊", "洋", "勇", "艳", "杰", "建国", "晓明", "雨桐", "子涵", "思远", "佳怡")
_FIRST = (
    "Ada",
    "Ben",
    "Clara",
    "David",
    "Elena",
    "Frank",
    "Grace",
    "Hugo",
    "Iris",
    "Jonas",
    "Kate",
    "Leo",
    "Mia",
    "Noah",
)
LAST = (
    "Baker",
    "Carter",
    "Dawson",
    "Ellis",
    "Foster",
    "Graham",
    "Hayes",
    "Irving",
    "Keller",
    "Lawson",
    "Morgan",
    "Reed",
)
_PLACES = ("上海", "北京", "深圳", "杭州", "成都", "苏州", "武汉", "青岛")
_BRANDS = ("云帆", "启明", "远景", "恒信", "华阳", "天工", "瑞和", "博雅", "新禾", "海川", "金石", "蓝岭")
_TRADES = (
    ("科技有限公司", "technology"), ("医疗器械有限公司", "medical"), ("贸易有限公司", "retail"),
    ("物流有限公司", "logistics"), ("制造有限公司", "manufacturing"), ("教育科技有限公司", "education"),
)  # fmt: skip
_WORDS = (
    "Northwind",
    "Bluepeak",
    "Silverlake",
    "Oakfield",
    "Brightway",
    "Stonebridge",
    "Clearwater",
    "Redwood",
    "Highgate",
)
_FORMS = (
    ("Systems", "software"),
    ("Medical", "medical"),
    ("Foods", "retail"),
    ("Energy", "energy"),
    ("Logistics", "logistics"),
)
_CITIES = ("Singapore", "London", "Rotterdam", "Toronto", "Sydney", "Chicago")
_TITLES = ("总经理", "采购经理", "技术总监", "CTO", "Head of Procurement", "Operations Manager")
_PRODUCTS = (
    ("标准版 Standard", "GX-100", "软件 Software", 4800), ("专业版 Professional", "GX-200", "软件 Software", 12800),
    ("企业版 Enterprise", "GX-300", "软件 Software", 46000), ("数据网关 Data gateway", "GX-410", "硬件 Hardware", 8600),
    ("现场终端 Field terminal", "GX-420", "硬件 Hardware", 2300), ("实施服务 Onboarding", "GX-510", "服务 Services", 15000),
    ("年度支持 Annual support", "GX-520", "服务 Services", 9800),
)  # fmt: skip
CURRENCY = "CNY"


@dataclass
class Demo:
    """REST resources by collection, in the order in which they can be written; ids already refer to each other."""

    tags: list[dict[str, Any]] = field(default_factory=list)
    teams: list[dict[str, Any]] = field(default_factory=list)
    users: list[dict[str, Any]] = field(default_factory=list)
    products: list[dict[str, Any]] = field(default_factory=list)
    spending_classes: list[dict[str, Any]] = field(default_factory=list)
    stock_movements: list[dict[str, Any]] = field(default_factory=list)
    accounts: list[dict[str, Any]] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    leads: list[dict[str, Any]] = field(default_factory=list)
    opportunities: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    interactions: list[dict[str, Any]] = field(default_factory=list)
    tasks: list[dict[str, Any]] = field(default_factory=list)


def uuid7(random_source: random.Random) -> str:
    """A UUIDv7 (RFC 9562) of this moment with bits from `random_source`."""
    value = (int(time.time() * 1000) & ((1 << 48) - 1)) << 80 | random_source.getrandbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return str(uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62))


def generate(stages: dict[str, str], roles: dict[str, str], today: date, seed: int = 1) -> Demo:
    """A year of business for one organization.

    `stages` maps the kinds of stages (open, won, lost; several open ones as open1, open2 …) to ids, `roles` the keys of the
    roles that every organization begins with.
    """
    source = random.Random(seed)  # noqa: S311 - it makes companies up, not keys
    demo = Demo()
    _people(source, demo, roles)
    for name, code, category, price in _PRODUCTS:
        demo.products.append(
            {"id": uuid7(source), "name": name, "code": code, "category": category, "price": money(price)}
        )
    for number in range(60):
        account = _account(source, number, chinese=number % 5 < 3)
        account["owner_id"] = source.choice(demo.users)["id"]
        demo.accounts.append(account)
        demo.contacts += [_contact(source, account) for _ in range(source.choice((1, 2, 2, 3)))]
    for number in range(320):
        demo.opportunities.append(_opportunity(source, demo, stages, today, number))
    return demo


def _people(source: random.Random, demo: Demo, roles: dict[str, str]) -> None:
    """Two sales teams; who leads one sees what is its members'."""
    for team, names, title in (
        ("华东销售 Sales China", ("林晓", "周宁"), "销售代表"),
        ("国际销售 Sales International", ("Ada Foster", "Leo Grant"), "Sales"),
    ):
        team_id = uuid7(source)
        demo.teams.append({"id": team_id, "name": team})
        for name, role in zip(names, ("sales_manager", "sales_representative"), strict=True):
            role_ids = [roles[role]] if role in roles else []
            user = {"name": name, "job_title": title, "team_id": team_id, "role_ids": role_ids}
            demo.users.append({"id": uuid7(source), **user})


def money(amount: int) -> dict[str, str]:
    """An amount of the demo's currency, as REST has it."""
    return {"currency_code": CURRENCY, "amount": f"{amount}.00"}


def person_name(source: random.Random, *, chinese: bool) -> str:
    """Somebody whom nobody knows."""
    if chinese:
        return source.choice(_SURNAMES) + source.choice(_GIVEN)
    return f"{source.choice(_FIRST)} {source.choice(LAST)}"


def _account(source: random.Random, number: int, *, chinese: bool) -> dict[str, Any]:
    if chinese:
        place = _PLACES[number % len(_PLACES)]
        form, industry = source.choice(_TRADES)
        name = f"{place}{_BRANDS[(number + 3 * (number // len(_PLACES))) % len(_BRANDS)]}{form}"
    else:
        place = _CITIES[number % len(_CITIES)]
        form, industry = source.choice(_FORMS)
        name = f"{_WORDS[(number + number // len(_CITIES)) % len(_WORDS)]} {form} {place}"
    return {
        "id": uuid7(source),
        "name": name,
        "industry": industry,
        "location": place,
        "phone": f"+861060{source.randrange(10**6):06d}" if chinese else f"+4420794{source.randrange(10**5):05d}",
        "website": f"https://company{number}.example",
        "employees": source.randrange(10, 5000),
        "year_established": source.randrange(1978, 2023),
        "annual_revenue": money(source.randrange(1, 400) * 100_000),
    }


def _contact(source: random.Random, account: dict[str, Any]) -> dict[str, Any]:
    chinese = account["phone"].startswith("+86")
    person = person_name(source, chinese=chinese)
    identity = uuid7(source)
    return {
        "id": identity,
        "name": person,
        "account_id": account["id"],
        "owner_id": account["owner_id"],
        "job_title": source.choice(_TITLES[:3] if chinese else _TITLES[3:]),
        "email": f"{'contact' if chinese else person.split()[0].lower()}.{identity[-6:]}@{account['website'][8:]}",
        "phone": f"+86139{source.randrange(10**8):08d}" if chinese else "",
    }


def _opportunity(source: random.Random, demo: Demo, stages: dict[str, str], today: date, number: int) -> dict[str, Any]:
    account, product = source.choice(demo.accounts), source.choice(demo.products)
    engaged = today - timedelta(days=source.randrange(5, 400))
    closing = engaged + timedelta(days=source.randrange(10, 120))
    won = source.random() < 0.62
    kind = (
        ("won" if won else "lost")
        if closing < today
        else source.choice([key for key in stages if key not in {"won", "lost"}])
    )
    amount = int(float(product["price"]["amount"]) * source.uniform(0.8, 3))
    return {
        "id": uuid7(source),
        "name": f"{account['name']} · {product['name']} {number + 1}",
        "account_id": account["id"],
        "product_id": product["id"],
        "owner_id": account["owner_id"],
        "stage_id": stages[kind],
        "amount": money(0 if kind == "lost" else amount),
        "engage_date": engaged.isoformat(),
        "close_date": closing.isoformat(),
    }
