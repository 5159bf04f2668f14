"""The audit log: search, retention that an organization chooses, and a daily anchor for each chain."""

from alembic import op

from chassis.database.rows import secure

revision = "identity_0011"
down_revision = "identity_0010"
branch_labels = None

STATEMENTS = """
ALTER TABLE organizations ADD COLUMN IF NOT EXISTS audit_years INTEGER;

ALTER TABLE audit_entries ADD COLUMN IF NOT EXISTS search_text TEXT DEFAULT '' NOT NULL;

UPDATE audit_entries SET search_text = ' ' || left(regexp_replace(
    lower(regexp_replace(before::text || after::text, '[{}",:]+', ' ', 'g')), '([一-鿿])', ' \\1 ', 'g'), 1998) || ' '
WHERE before != '{}' OR after != '{}';

CREATE TABLE IF NOT EXISTS audit_cuts (
    org_id UUID NOT NULL,
    number BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    cut_time TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (org_id, number)
);

INSERT INTO timers (org_id, kind, key, due_time) SELECT org_id, 'audit-daily', '', now() FROM audit_heads
ON CONFLICT DO NOTHING;
"""

INDEXES = {
    "audit_entries_time": "(org_id, time)",
    "audit_entries_actor": "(org_id, actor_id, number)",
    "audit_entries_search": "USING gin (org_id, search_text gin_trgm_ops)",
}

# The only way entries go: the oldest, as many years after as their organization has chosen, and never without leaving
# the hash that the rest follows from. It runs as the owner, for the organization that the caller has set.
CUT = """
CREATE OR REPLACE FUNCTION audit_cut() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    org uuid := nullif(current_setting('guanxi.org_id', true), '')::uuid;
    years integer;
    last bigint;
BEGIN
    SELECT audit_years INTO years FROM organizations WHERE org_id = org;
    IF coalesce(years, 0) < 1 THEN
        RETURN 0;
    END IF;
    SELECT max(number) INTO last FROM (
        SELECT number, bool_and(time < now() - make_interval(years => years)) OVER (ORDER BY number) AS old
        FROM (SELECT number, time FROM audit_entries WHERE org_id = org ORDER BY number LIMIT 20000) AS oldest
    ) AS checked WHERE old;
    IF last IS NULL THEN
        RETURN 0;
    END IF;
    INSERT INTO audit_cuts (org_id, number, hash)
        SELECT org_id, number, hash FROM audit_entries WHERE org_id = org AND number = last;
    DELETE FROM audit_entries WHERE org_id = org AND number <= last;
    RETURN last;
END
$$
"""


def upgrade() -> None:
    """Add what is searched and anchored, and the one way in which entries are deleted; indexes beside the writers.

    All of it may be done again: what an interrupted try left half made is made anew.
    """
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), ["audit_cuts"])
    op.execute(CUT)
    owner = str(op.get_bind().exec_driver_sql("SELECT current_user").scalar())
    op.execute("REVOKE ALL ON FUNCTION audit_cut() FROM PUBLIC")
    for role in ("app", "worker"):
        name = f"{owner.removesuffix('_owner')}_{role}"
        op.execute(f'REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON audit_cuts FROM "{name}"')
        op.execute(f'GRANT EXECUTE ON FUNCTION audit_cut() TO "{name}"')
    with op.get_context().autocommit_block():
        for name, what in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON audit_entries {what}")
