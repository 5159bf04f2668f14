"""The tables every service has."""

from alembic import op

from chassis.database.rows import secure
from chassis.database.schema import chassis_metadata

revision = "chassis_0001"
down_revision = None
branch_labels = ("chassis",)

# Owner's rights, because partitions are the owner's to make; the worker may call it and nothing more.
_PARTITIONS = """
CREATE FUNCTION guanxi_keep_partitions(day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE name text; old record;
BEGIN
    FOR n IN -1..7 LOOP
        name := 'outbox_' || to_char(day + n, 'YYYYMMDD');
        IF to_regclass(name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF outbox FOR VALUES FROM (%L) TO (%L)',
                           name, (day + n)::timestamp AT TIME ZONE 'UTC', (day + n + 1)::timestamp AT TIME ZONE 'UTC');
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
            EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        END IF;
    END LOOP;
    FOR old IN SELECT inhrelid::regclass AS name FROM pg_inherits WHERE inhparent = 'outbox'::regclass
               AND inhrelid::regclass::text < 'outbox_' || to_char(day - 31, 'YYYYMMDD') LOOP
        EXECUTE format('DROP TABLE %s', old.name);
    END LOOP;
END $$
"""


def upgrade() -> None:
    """Make the tables, put row-level security on them, and let the worker keep the partitions."""
    connection = op.get_bind()
    chassis_metadata.create_all(connection)
    secure(connection, chassis_metadata.tables)
    op.execute("INSERT INTO relay_state (id, last_seq, published_seq) VALUES (1, 0, 0)")
    op.execute(_PARTITIONS)
    op.execute("REVOKE ALL ON FUNCTION guanxi_keep_partitions(date) FROM PUBLIC")
    worker = str(connection.exec_driver_sql("SELECT current_user").scalar()).removesuffix("_owner") + "_worker"
    op.execute(f'GRANT EXECUTE ON FUNCTION guanxi_keep_partitions(date) TO "{worker}"')
