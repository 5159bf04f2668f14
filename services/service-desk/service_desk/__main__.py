"""`python -m service_desk serve | work | run | migrate | replay | dead-letters`"""

import sys

from chassis.service import main
from service_desk.app import MIGRATIONS, build
from service_desk.config import Config

if __name__ == "__main__":
    sys.exit(main("service_desk", Config, build, MIGRATIONS, sys.argv[1:]))
