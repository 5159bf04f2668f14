"""Custom fields of every kind: what they link to, their bounds, defaults, help and sections."""

from alembic import op

revision = "identity_0008"
down_revision = "identity_0007"
branch_labels = None


def upgrade() -> None:
    op.execute(
        'ALTER TABLE custom_fields ADD COLUMN reference TEXT, ADD COLUMN "unique" BOOLEAN DEFAULT false NOT NULL,'
        " ADD COLUMN default_value TEXT, ADD COLUMN help_zh TEXT, ADD COLUMN help_en TEXT, ADD COLUMN minimum NUMERIC,"
        " ADD COLUMN maximum NUMERIC, ADD COLUMN number_format TEXT, ADD COLUMN section_zh TEXT,"
        " ADD COLUMN section_en TEXT"
    )
