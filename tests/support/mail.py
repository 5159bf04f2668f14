"""A real SMTP server for tests that keeps every mail: `sink.url` for whoever sends, `sink.inbox` for the test.

mail = sink.inbox.wait_for("zhang@example.com")
assert mail.code == …
"""

from pathlib import Path

from local import ports
from local.inbox import MailSink


def start_mail_sink(folder: Path) -> MailSink:
    """A listening sink whose mails are files in `folder`; stop it with `.stop()`."""
    sink = MailSink(folder, ports.pick(1)[0])
    sink.start()
    return sink
