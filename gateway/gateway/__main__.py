"""python -m gateway serve"""

import sys

from chassis.config import ConfigError
from gateway.config import GatewayConfig
from gateway.server import serve


def main(arguments: list[str]) -> int:
    """Exit codes: 0 stopped, 2 wrong settings or arguments."""
    if arguments != ["serve"]:
        sys.stderr.write("usage: python -m gateway serve\n")
        return 2
    try:
        config = GatewayConfig.from_environment()
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    serve(config)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
