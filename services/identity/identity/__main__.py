"""`python -m identity serve | work | run | migrate | replay | dead-letters | audit-verify | reseal`"""

import sys

from chassis.reseal import Kept, command
from chassis.service import main
from identity.app import MIGRATIONS, build
from identity.audit import verify
from identity.config import Config
from identity.factors.table import second_factors
from identity.sessions.table import signing_keys

# What lives for minutes, such as mail that waits, is left to end by itself.
KEPT = (
    Kept(second_factors.c.secret, ("login_id",)),
    Kept(second_factors.c.pending, ("login_id",)),
    Kept(signing_keys.c.sealed_key, ("id",)),
)

if __name__ == "__main__":
    sys.exit(
        main(
            "identity", Config, build, MIGRATIONS, sys.argv[1:], {"audit-verify": verify.main, "reseal": command(KEPT)}
        )
    )
