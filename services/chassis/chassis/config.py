"""Settings read from the environment: frozen dataclasses that report every problem at once.

@dataclass(frozen=True, kw_only=True)
class Config(ServiceConfig):
smtp_url: str = setting("GUANXI_SMTP_URL", "Outgoing mail server, smtp://host:port")
"""

import base64
import binascii
import os
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Self


class ConfigError(Exception):
    """The environment does not make a usable configuration; `problems` has one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("settings:\n" + "\n".join(f"  - {problem}" for problem in problems))


def setting(name: str, description: str, *, default: Any = MISSING, parse: Callable[[str], Any] = str) -> Any:
    """A field that is read from the variable `name`; required unless it has a default."""
    return field(default=default, metadata={"name": name, "description": description, "parse": parse})


def parse_database_url(value: str) -> str:
    """A PostgreSQL address. The bare form is refused: in SQLAlchemy 2.1 it means another driver."""
    # Late: the gateway has settings too, and no database; the import takes a second of its start.
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        driver = make_url(value).drivername
    except ArgumentError as error:
        raise ValueError("is not a database address") from error
    if driver != "postgresql+psycopg2":
        raise ValueError("must begin with postgresql+psycopg2://")
    return value


def parse_address(value: str) -> str:
    """`host:port`."""
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise ValueError("must be host:port")
    return value


def parse_positive(value: str) -> int:
    """A whole number above 0."""
    if not value.isdigit() or int(value) == 0:
        raise ValueError("must be a whole number above 0")
    return int(value)


def parse_key(value: str) -> bytes:
    """32 bytes as base64."""
    try:
        key = base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError("must be base64") from error
    if len(key) != 32:
        raise ValueError("must be 32 bytes")
    return key


def parse_keys(value: str) -> tuple[bytes, ...]:
    """One key, or several with commas between them."""
    return tuple(parse_key(part.strip()) for part in value.split(","))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Anything that is read from the environment."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read every setting. Raises ConfigError with all problems."""
        values: dict[str, Any] = {}
        problems: list[str] = []
        for item in fields(cls):
            name = item.metadata.get("name")
            if name is None:
                continue
            raw = environment.get(name, "")
            if not raw:
                if item.default is MISSING:
                    problems.append(f"{name} is missing: {item.metadata['description']}")
                continue
            try:
                values[item.name] = item.metadata["parse"](raw)
            except ValueError as error:
                problems.append(f"{name} {error}")
        if problems:
            raise ConfigError(problems)
        return cls(**values)

    @classmethod
    def documented(cls) -> list[tuple[str, str, bool]]:
        """(variable, description, required) of every setting, for the operator's guide."""
        return [
            (item.metadata["name"], item.metadata["description"], item.default is MISSING)
            for item in fields(cls)
            if "name" in item.metadata
        ]


@dataclass(frozen=True, kw_only=True)
class TelemetryConfig(Settings):
    """Where logs, spans and metrics go."""

    trace_file: str = setting("GUANXI_TRACE_FILE", "File that spans are appended to, as JSON lines", default="")
    otlp_endpoint: str = setting("GUANXI_OTLP_ENDPOINT", "OpenTelemetry collector, http://host:4318", default="")
    log_level: str = setting("GUANXI_LOG_LEVEL", "debug, info, warning or error", default="info")
    metrics_listen: str = setting("GUANXI_METRICS_LISTEN", "host:port of the Prometheus page", parse=parse_address)


@dataclass(frozen=True, kw_only=True)
class ServiceConfig(TelemetryConfig):
    """What every service needs."""

    database_url: str = setting("GUANXI_DATABASE_URL", "Database under the app role", parse=parse_database_url)
    worker_database_url: str = setting(
        "GUANXI_WORKER_DATABASE_URL", "Database under the worker role", parse=parse_database_url
    )
    nats_url: str = setting("GUANXI_NATS_URL", "NATS, nats://host:port")
    listen: str = setting("GUANXI_LISTEN", "host:port of gRPC", parse=parse_address)
    health_listen: str = setting("GUANXI_HEALTH_LISTEN", "host:port of the gRPC health service", parse=parse_address)
    service_token: str = setting("GUANXI_SERVICE_TOKEN", "Secret that services know each other by")
    identity_address: str = setting("GUANXI_IDENTITY_ADDRESS", "host:port of identity", parse=parse_address)
    object_store: str = setting("GUANXI_OBJECT_STORE", "file:///folder or s3://bucket/prefix")
    threads: int = setting(
        "GUANXI_THREADS", "Requests handled at once, and connections", default=8, parse=parse_positive
    )
    work_threads: int = setting("GUANXI_WORK_THREADS", "Events handled at once", default=4, parse=parse_positive)
    jobs: int = setting("GUANXI_JOBS", "Imports and exports at once", default=2, parse=parse_positive)
    replicas: int = setting("GUANXI_NATS_REPLICAS", "Copies of each stream", default=1, parse=parse_positive)


@dataclass(frozen=True, kw_only=True)
class MigrateConfig(Settings):
    """What `migrate` needs."""

    owner_database_url: str = setting(
        "GUANXI_OWNER_DATABASE_URL", "Database under the owner role", parse=parse_database_url
    )
