"""`python -m reporting serve | work | run | migrate | replay`"""

import sys

from chassis.service import main
from reporting.app import MIGRATIONS, build
from reporting.config import Config

if __name__ == "__main__":
    sys.exit(main("reporting", Config, build, MIGRATIONS, sys.argv[1:]))
