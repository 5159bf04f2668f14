"""A provider of SMS on this machine, whose messages lie beside the mails, as in `make up`."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.inbox import Inbox


@contextmanager
def sms_provider(inbox: "Inbox") -> Iterator[str]:
    """One that listens; what `GUANXI_SMS` says to use it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            entered = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            inbox.add_sms(entered["to"], entered["text"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield json.dumps(
            {
                "url": f"http://127.0.0.1:{server.server_address[1]}/",
                "headers": "Content-Type: application/json",
                "body": '{"to": "{to}", "text": "{text}"}',
            }
        )
    finally:
        server.shutdown()
        server.server_close()
