"""`python -m identity serve | work | run | migrate | replay | dead-letters | audit-verify`"""

import sys

from chassis.service import main
from identity.app import MIGRATIONS, build
from identity.audit import verify
from identity.config import Config

if __name__ == "__main__":
    sys.exit(main("identity", Config, build, MIGRATIONS, sys.argv[1:], {"audit-verify": verify.main}))
