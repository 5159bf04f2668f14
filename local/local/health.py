"""Waits for gRPC health services and names each that is serving: python -m local.health NAME=PORT …

A program of its own, because gRPC's threads do not bear the forks of a supervisor.
"""

import sys
import time

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc


def serving(port: int) -> bool:
    """Whether the server behind the health port is ready; the empty service name would ask only whether it lives."""
    with grpc.insecure_channel(f"127.0.0.1:{port}", [("grpc.enable_http_proxy", 0)]) as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(service="ready"), timeout=2
            )
        except grpc.RpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def main(arguments: list[str]) -> int:
    """Run until all serve; whoever started it decides how long that may take."""
    waiting = dict(argument.split("=") for argument in arguments)
    while waiting:
        for name in [name for name, port in waiting.items() if serving(int(port))]:
            del waiting[name]
            print(name, flush=True)
        time.sleep(0.1)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
