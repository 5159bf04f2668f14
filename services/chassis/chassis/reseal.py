"""`python -m <service> reseal`: seals with the first master key what an older one sealed; then the older one can go.

It may be stopped and begun again, and it may run while the service does: a row is locked while its secret is sealed anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from chassis.config import MigrateConfig, parse_keys, setting
from chassis.sealing import Seal, SealError

_BITE = 100


@dataclass(frozen=True)
class Kept:
    """Where secrets are kept: a column, and the columns that name the row beside the table, as it was sealed with them."""

    column: sa.Column[bytes] | sa.Column[bytes | None]
    row: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ResealConfig(MigrateConfig):
    """What `reseal` needs."""

    master_keys: tuple[bytes, ...] = setting(
        "GUANXI_MASTER_KEY", "base64 of 32 bytes, or several with commas: the first seals, all open", parse=parse_keys
    )


def reseal(url: str, seal: Seal, kept: Kept) -> tuple[int, int]:
    """How many secrets were sealed anew, and how many open with no key; `url` is the owner's."""
    column, table = kept.column, kept.column.table
    keys = list(table.primary_key.columns)
    renewed = lost = 0
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            places = connection.execute(sa.select(*keys).where(column.is_not(None)).order_by(*keys)).all()
        for start in range(0, len(places), _BITE):
            with engine.begin() as connection:
                chosen = sa.tuple_(*keys).in_([tuple(place) for place in places[start : start + _BITE]])
                for row in connection.execute(sa.select(table).where(chosen).with_for_update()).mappings():
                    name = (table.name, *(row[part] for part in kept.row))
                    try:
                        sealed = seal.renewed(bytes(row[column.name]), *name)
                    except SealError:
                        lost += 1
                        continue
                    if sealed is not None:
                        this = sa.and_(*(key == row[key.name] for key in keys))
                        connection.execute(sa.update(table).where(this).values({column: sealed}))
                        renewed += 1
    finally:
        engine.dispose()
    return renewed, lost


def command(kept: Sequence[Kept]) -> Callable[[list[str]], int]:
    """The command of a service; 1 where something opens with no key."""

    def run(arguments: list[str]) -> int:
        config = ResealConfig.from_environment()
        code = 0
        for place in kept:
            renewed, lost = reseal(config.owner_database_url, Seal(*config.master_keys), place)
            print(f"{place.column.table.name}.{place.column.name}: {renewed} sealed anew, {lost} open with no key")  # noqa: T201 - a command line
            code |= lost > 0
        return code

    return run
