"""Alembic's environment for every service: one connection, one transaction a migration, short lock waits."""

import sqlalchemy as sa
from alembic import context

engine = sa.create_engine(context.config.attributes["url"])
with engine.connect() as connection:
    connection.exec_driver_sql("SET lock_timeout = '2s'")
    connection.commit()
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
