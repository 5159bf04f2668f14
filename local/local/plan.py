"""What runs, with which settings: the local counterpart of k8s/base."""

import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local import process
from local.broker import Broker
from local.postgres import ENVIRONMENT as POSTGRES_ENVIRONMENT
from local.postgres import Postgres
from local.settings import ROOT, Settings

SERVICES = tuple(sorted(one.parent.name.replace("-", "_") for one in ROOT.glob("services/*/migrations")))
"""Package and database names; the folder and the addresses write a dash for the underscore. What has migrations has a
database, and is a service; the contracts are not asked, because nothing of ours need be installed here."""

MAIL_FROM = "Guanxi <no-reply@guanxi.localhost>"


@dataclass(frozen=True)
class Program:
    """One process: how to start it and how to ask it to end."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    port: int
    """Where it listens; that it does is what a restarted process is waited for."""
    health: int | None = None
    """The port of its gRPC health service."""
    metrics: int | None = None
    """The port of its Prometheus metrics."""
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 15


@dataclass
class Plan:
    """Everything the supervisor starts, in order: infrastructure, console, services, gateway."""

    settings: Settings
    postgres: Postgres = field(init=False)
    broker: Broker = field(init=False)

    def __post_init__(self) -> None:
        settings = self.settings
        self.postgres = Postgres(
            settings.folder("postgres") / "data",
            port=settings.ports.get("postgres"),
            password=settings.secrets.get("postgres"),
            log=settings.log("postgres"),
            fsync=settings.fsync,
        )
        self.broker = Broker(
            settings.folder("nats"),
            port=settings.ports.get("nats"),
            monitor_port=settings.ports.get("nats-monitor"),
            log=settings.log("nats"),
            password=settings.secrets.get("nats"),
            fsync=settings.fsync,
        )

    def infrastructure(self) -> list[Program]:
        """PostgreSQL and NATS."""
        return [
            Program(
                "postgres",
                self.postgres.command(),
                POSTGRES_ENVIRONMENT,
                port=self.postgres.port,
                stop_signal=signal.SIGINT,
            ),
            Program("nats", process.mortal(self.broker.command(), signal.SIGTERM), {}, port=self.broker.port),
        ]

    def console(self) -> Program:
        """The mail sink and the developer's pages."""
        settings = self.settings
        environment = {
            **_inherited(),
            "GUANXI_STATE": str(settings.state),
            "GUANXI_PORT": str(settings.port),
            "GUANXI_CONSOLE_PORT": str(settings.console_port),
            "GUANXI_SMTP_PORT": str(self._port("smtp")),
        }
        return Program("console", _python("local.console"), environment, port=settings.console_port)

    def services(self) -> list[Program]:
        """Each service; serve and work apart when the settings say so."""
        programs = []
        for service in SERVICES:
            for verb in ("serve", "work") if self.settings.split else ("run",):
                name = slug(service) if verb == "run" else f"{slug(service)}-{verb}"
                health, metrics = self._port(f"{name}-health"), self._port(f"{name}-metrics")
                environment = {
                    **self.environment(service),
                    "GUANXI_HEALTH_LISTEN": f"127.0.0.1:{health}",
                    "GUANXI_METRICS_LISTEN": f"127.0.0.1:{metrics}",
                    "GUANXI_TRACE_FILE": str(self.settings.folder("traces") / f"{name}.jsonl"),
                }
                programs.append(Program(name, _python(service, verb), environment, health, health, metrics))
        return programs

    def gateway(self) -> Program:
        """The one process that browsers and programs talk to."""
        metrics = self._port("gateway-metrics")
        environment = {
            **self._common(),
            "GUANXI_LISTEN": f"127.0.0.1:{self.settings.port}",
            "GUANXI_METRICS_LISTEN": f"127.0.0.1:{metrics}",
            "GUANXI_PUBLIC_URL": self.settings.url,
            "GUANXI_WEB_ROOT": str(ROOT / "web" / "dist"),
            "GUANXI_TRACE_FILE": str(self.settings.folder("traces") / "gateway.jsonl"),
        }
        return Program("gateway", _python("gateway", "serve"), environment, port=self.settings.port, metrics=metrics)

    def migration(self, service: str) -> list[str]:
        """The command that brings one service's database up to date."""
        return _python(service, "migrate")

    def environment(self, service: str) -> dict[str, str]:
        """The settings of one service, without those that differ between serve and work."""
        settings = self.settings
        environment = {
            **self._common(),
            "GUANXI_DATABASE_URL": self.database_url(service, "app"),
            "GUANXI_WORKER_DATABASE_URL": self.database_url(service, "worker"),
            "GUANXI_OWNER_DATABASE_URL": self.database_url(service, "owner"),
            "GUANXI_LISTEN": f"127.0.0.1:{self._port(slug(service))}",
            "GUANXI_OBJECT_STORE": settings.folder("files").as_uri(),
        }
        if service in ("identity", "engagement"):
            environment["GUANXI_MASTER_KEY"] = settings.secrets.key("master-key")
            environment["GUANXI_PUBLIC_URL"] = settings.url
        if service == "engagement":
            environment["GUANXI_SMTP_URL"] = f"smtp://127.0.0.1:{self._port('smtp')}"
            environment["GUANXI_MAIL_FROM"] = MAIL_FROM
            environment["GUANXI_SMS"] = json.dumps(
                {
                    "url": f"http://127.0.0.1:{settings.console_port}/sms",
                    "headers": "Content-Type: application/json",
                    "body": '{"to": "{to}", "text": "{text}"}',
                    "success_pattern": '"taken"',
                }
            )
        return environment

    def database_url(self, service: str, role: str) -> str:
        """SQLAlchemy's address of a service's database for one of its roles."""
        password = self.settings.secrets.get(f"{service}_{role}")
        return f"postgresql+psycopg2://{service}_{role}:{password}@127.0.0.1:{self.postgres.port}/{service}"

    def _common(self) -> dict[str, str]:
        addresses = {
            f"GUANXI_{service.upper()}_ADDRESS": f"127.0.0.1:{self._port(slug(service))}" for service in SERVICES
        }
        return {
            **_inherited(),
            **addresses,
            "TMPDIR": str(self.settings.folder("tmp")),
            "GUANXI_NATS_URL": self.broker.url,
            "GUANXI_SERVICE_TOKEN": self.settings.secrets.get("service-token"),
            "GUANXI_LOG_LEVEL": os.environ.get("GUANXI_LOG_LEVEL", "INFO"),
        }

    def _port(self, name: str) -> int:
        return self.settings.ports.get(name)


def slug(service: str) -> str:
    """The service's name as folders and addresses write it."""
    return service.replace("_", "-")


def folder_of(service: str) -> Path:
    """Where a service's code is."""
    return ROOT / "services" / slug(service)


def _python(module: str, *arguments: str) -> list[str]:
    return process.mortal([sys.executable, "-m", module, *arguments], signal.SIGKILL)


def _inherited() -> dict[str, str]:
    """Of our own environment only what a Python program needs: settings meant for one process reach no other."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"PYTHONUNBUFFERED": "1", "TZ": "UTC"}
