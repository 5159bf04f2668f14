"""Many accounts in a moment: a few thousand made with the chassis' own search texts and sort keys, then multiplied in
the database. The indexes are made afterwards, which is many times faster than row by row.
"""

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg2
from psycopg2.extras import execute_values
from sqlalchemy import make_url

from customers.accounts.resource import ACCOUNTS
from local.process import poll

SAMPLE = 2000
# Names that a few accounts have: what the searches are for.
RARE_ZH, RARE_EN = "鸿雁", "quokka"
INDUSTRIES = ("technology", "medical", "retail", "software", "finance", "manufacturing", "energy", "other")
_WORDS = """
北京 上海 广州 深圳 杭州 成都 武汉 西安 南京 苏州 天津 重庆 青岛 大连 厦门 长沙
华兴 中科 天成 瑞丰 恒通 金桥 远大 明德 同创 盛世 东方 新宇 海纳 博雅 立信 安泰 嘉禾 云帆 星辰 万里
科技 医疗 贸易 软件 金融 制造 能源 物流 电子 食品
Acme Borealis Cobalt Delta Everest Falcon Granite Harbor Indigo Juniper Kestrel Lumen Meridian Nova Orion
Systems Industries Holdings Labs Partners Trading Foods Energy Logistics Medical Software Steel Textiles
"""
_CITIES, _STYLES, _TRADES, _FIRST, _SECOND = (line.split() for line in _WORDS.strip().splitlines())


def psycopg2_url(url: str) -> str:
    """SQLAlchemy's address as psycopg2 takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def names(count: int = SAMPLE) -> list[str]:
    """Companies, every second one Chinese; the same at every call."""
    chance = random.Random(7)
    made = []
    for number in range(count):
        if number % 2:
            made.append(f"{chance.choice(_CITIES)}{chance.choice(_STYLES)}{chance.choice(_TRADES)}有限公司")
        else:
            made.append(f"{chance.choice(_FIRST)} {chance.choice(_SECOND)}")
    return [*made, f"上海{RARE_ZH}科技有限公司", f"{RARE_EN.capitalize()} Foods"]


@dataclass(frozen=True)
class Filling:
    """What an organization gets: so many accounts, `rare` of them with each of the rare names. Each has a random owner,
    custom values (`code` a text, `size` a number with a range) and an external id of the system `erp`.
    """

    org_id: uuid.UUID
    owners: Sequence[uuid.UUID]
    count: int
    rare: int = 3


def fill(superuser_url: str, *fillings: Filling) -> None:
    """Fill organizations, leaving the tables as the autovacuum would."""
    connection = psycopg2.connect(psycopg2_url(superuser_url))
    with connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'; SET LOCAL synchronous_commit = off")
        cursor.execute(
            "SELECT format('DROP INDEX %%I', indexname), indexdef FROM pg_indexes WHERE schemaname = 'public' AND"
            " tablename = ANY(%s) AND indexname NOT LIKE '%%pkey'",
            (["accounts", "custom_values", "external_ids"],),
        )
        indexes = cursor.fetchall()
        for drop, _ in indexes:
            cursor.execute(drop)
        _sample(cursor)
        for filling in fillings:
            values = {
                "org": str(filling.org_id),
                "owners": [str(owner) for owner in filling.owners],
                "count": filling.count,
                "step": filling.count // filling.rare,
                "sample": SAMPLE,
            }
            for statement in (_ACCOUNTS, _CUSTOM, _EXTERNAL):
                cursor.execute(statement, values)
        for _, create in indexes:
            cursor.execute(create)
        cursor.execute("DROP TABLE sample")
    connection.autocommit = True
    with connection.cursor() as cursor:
        # A snapshot of somebody else's, older than the rows, keeps pages from being all-visible: then once more.
        poll(lambda: _vacuumed(cursor), 20, every=0.5)
    connection.close()


def _vacuumed(cursor: "psycopg2.extensions.cursor") -> bool:
    cursor.execute("VACUUM (ANALYZE) accounts, custom_values, external_ids")
    cursor.execute("SELECT relallvisible >= 0.9 * relpages FROM pg_class WHERE relname = 'accounts'")
    (visible,) = cursor.fetchone() or (False,)
    return bool(visible)


def _sample(cursor: "psycopg2.extensions.cursor") -> None:
    cursor.execute("CREATE TEMP TABLE sample (place int, name text, industry text, sort_name text, search_text text)")
    rows = []
    for number, name in enumerate(names()):
        row = {"name": name, "industry": INDUSTRIES[number % len(INDUSTRIES)], "location": "Shanghai"}
        derived = ACCOUNTS.derived(row)
        rows.append((number, name, row["industry"], derived["sort_name"], derived["search_text"]))
    execute_values(cursor, "INSERT INTO sample VALUES %s", rows)


# A number is part of every name, so that what is searched and sorted differs as in life; ids keep their order in time.
_ACCOUNTS = """
INSERT INTO accounts (org_id, id, name, sort_name, industry, sort_industry, location, sort_location, employees,
                      search_text, external_ids, custom, created_by, create_time, update_time, owner_id)
SELECT %(org)s, uuidv7(make_interval(secs => n - %(count)s)), s.name || ' ' || n, s.sort_name || ' ' || n,
       s.industry, s.industry, 'Shanghai', 'shanghai', n %% 5000, s.search_text || n || ' ',
       jsonb_build_object('erp', 'E' || n), jsonb_build_object('code', 'C' || n, 'size', n::bigint * 7919 %% %(count)s),
       (%(owners)s::uuid[])[1], now() + make_interval(secs => n - %(count)s),
       now() + make_interval(secs => n - %(count)s),
       (%(owners)s::uuid[])[1 + (n::bigint * 7919 %% cardinality(%(owners)s::uuid[]))::int]
FROM generate_series(1, %(count)s) AS g (n) JOIN sample s
    ON s.place = CASE n %% %(step)s WHEN 5 THEN %(sample)s WHEN 6 THEN %(sample)s + 1 ELSE n %% %(sample)s END
"""
_CUSTOM = """
INSERT INTO custom_values (org_id, module, key, record_id, number)
SELECT org_id, 'accounts', 'size', id, (custom->>'size')::numeric FROM accounts WHERE org_id = %(org)s
"""
_EXTERNAL = """
INSERT INTO external_ids (org_id, module, system, external_id, record_id)
SELECT org_id, 'accounts', 'erp', external_ids->>'erp', id FROM accounts WHERE org_id = %(org)s
"""
