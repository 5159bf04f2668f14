"""`python -m sales serve | work | run | migrate | replay | dead-letters`"""

import sys

from chassis.service import main
from sales.app import MIGRATIONS, build
from sales.config import Config

if __name__ == "__main__":
    sys.exit(main("sales", Config, build, MIGRATIONS, sys.argv[1:]))
