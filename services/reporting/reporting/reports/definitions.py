"""The reports there are, cube by cube."""

from reporting.cubes import accounts, opportunities
from reporting.cubes.cube import by_id

REPORTS = by_id(opportunities.REPORTS, accounts.REPORTS)
