"""`python -m customers serve | work | run | migrate | replay | dead-letters`"""

import sys

from chassis.service import main
from customers.app import MIGRATIONS, build
from customers.config import Config

if __name__ == "__main__":
    sys.exit(main("customers", Config, build, MIGRATIONS, sys.argv[1:]))
