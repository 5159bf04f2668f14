"""`migrate`: bring a service's database to its newest schema.

The chassis' tables and the service's are one Alembic history each, in one database. Expand and contract only: what a
running older version needs is never taken away in the same release.
"""

import logging
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig

from chassis.database.bootstrap import missing_leakproof

log = logging.getLogger(__name__)


def upgrade(url: str, migrations: Path) -> None:
    """Run every migration that has not run, the service's after the chassis'."""
    config = AlembicConfig()
    chassis = Path(str(resources.files("chassis"))) / "database" / "versions"
    config.set_main_option("script_location", str(chassis.parent / "alembic"))
    config.set_main_option("version_locations", f"{chassis};{migrations}")
    config.set_main_option("path_separator", ";")
    config.attributes["url"] = url
    command.upgrade(config, "heads")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        keep_partitions(connection)
        forgotten = missing_leakproof(connection)
    if forgotten:
        log.warning("search and filters will be slow: not LEAKPROOF: %s; run chassis.database.bootstrap", forgotten)
    engine.dispose()


def keep_partitions(connection: sa.Connection, today: datetime | None = None) -> None:
    """Make the outbox's partitions of the coming days and drop those older than 30 days. Runs under the owner."""
    connection.execute(sa.text("SELECT guanxi_keep_partitions(:day)"), {"day": (today or datetime.now(UTC)).date()})
