"""`python -m engagement serve | work | run | migrate | replay | dead-letters`"""

import sys

from chassis.service import main
from engagement.app import MIGRATIONS, build
from engagement.config import Config

if __name__ == "__main__":
    sys.exit(main("engagement", Config, build, MIGRATIONS, sys.argv[1:]))
