"""`python -m engagement serve | work | run | migrate | replay | dead-letters | reseal`"""

import sys

from chassis.reseal import Kept, command
from chassis.service import main
from engagement.app import MIGRATIONS, build
from engagement.channels.table import channels
from engagement.config import Config

KEPT = (Kept(channels.c.sealed_password, ("org_id", "id")),)

if __name__ == "__main__":
    sys.exit(main("engagement", Config, build, MIGRATIONS, sys.argv[1:], {"reseal": command(KEPT)}))
