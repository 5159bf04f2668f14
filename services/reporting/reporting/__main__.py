"""`python -m reporting serve | work | run | migrate | replay | dead-letters | rebuild`"""

import sys

from chassis.service import main
from reporting.app import MIGRATIONS, build
from reporting.config import Config
from reporting.facts import rebuild

if __name__ == "__main__":
    sys.exit(main("reporting", Config, build, MIGRATIONS, sys.argv[1:], {"rebuild": rebuild.main}))
