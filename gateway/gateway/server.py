"""The process: uvicorn, and an end without cut-off answers."""

import gc
import signal
from types import FrameType

import uvicorn

from chassis import telemetry
from gateway.app import application
from gateway.config import GatewayConfig
from gateway.live import Hub
from gateway.protocol import BoundedProtocol

GRACE = 25  # seconds for answers under way; Kubernetes kills after 30 or more


class _Server(uvicorn.Server):
    """Stops on SIGTERM and SIGINT: live streams end, answers under way are finished, then it exits with 0."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Not remembered for raising again at the end, as uvicorn does: a stop that was asked for is no failure."""
        self.force_exit = self.should_exit and sig == signal.SIGINT  # Ctrl-C twice
        self.should_exit = True

    async def shutdown(self, sockets: object = None) -> None:
        self._hub.stop_streams()
        await super().shutdown(sockets)  # type: ignore[arg-type]


def http_server(config: GatewayConfig, hub: Hub) -> uvicorn.Server:
    """The server as it runs, not started yet."""
    app = application(config, hub)
    host, _, port = config.listen.rpartition(":")
    return _Server(
        uvicorn.Config(
            app,
            host=host,
            port=int(port),
            loop="uvloop",
            http=BoundedProtocol,
            ws="none",
            lifespan="on",
            access_log=False,
            log_config=None,
            proxy_headers=False,  # ours are stricter, see addresses.py
            server_header=False,
            timeout_keep_alive=65,  # longer than a load balancer's, so that it closes first
            timeout_graceful_shutdown=GRACE,
        ),
        hub,
    )


def serve(config: GatewayConfig) -> None:
    """Run until told to stop."""
    telemetry.set_up("gateway", config)
    server = http_server(config, Hub(config.nats_url))
    gc.freeze()  # contracts and converters live as long as the process: no collection need walk them
    try:
        server.run()
    finally:
        telemetry.flush()
