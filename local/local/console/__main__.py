"""python -m local.console: the mail sink and the console's pages, until SIGTERM."""

import os
import sys

import uvicorn

from local.console.app import application
from local.errors import LocalError
from local.inbox import MailSink
from local.settings import Settings
from local.terminal import fail


def main() -> int:
    """Listen on both ports; 1 when one is taken."""
    try:
        settings = Settings.read()
        sink = MailSink(settings.folder("mail"), int(os.environ["GUANXI_SMTP_PORT"]))
        sink.start()
    except (LocalError, OSError) as error:
        fail(str(error))
        return 1
    try:
        uvicorn.run(
            application(settings, sink.inbox),
            host="127.0.0.1",
            port=settings.console_port,
            log_level="warning",
            timeout_graceful_shutdown=2,
        )
    finally:
        sink.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
