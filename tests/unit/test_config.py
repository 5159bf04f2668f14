"""Settings: every problem at once, and no default that hides a mistake."""

from dataclasses import dataclass

import pytest

from chassis.config import ConfigError, ServiceConfig, Settings, parse_positive, setting

GOOD = {
    "GUANXI_DATABASE_URL": "postgresql+psycopg2://a@h/d",
    "GUANXI_WORKER_DATABASE_URL": "postgresql+psycopg2://a@h/d",
    "GUANXI_NATS_URL": "nats://h:1",
    "GUANXI_LISTEN": "h:1",
    "GUANXI_HEALTH_LISTEN": "h:1",
    "GUANXI_METRICS_LISTEN": "h:1",
    "GUANXI_SERVICE_TOKEN": "x",
    "GUANXI_IDENTITY_ADDRESS": "h:1",
    "GUANXI_OBJECT_STORE": "file:///x",
}


def test_all_problems_at_once() -> None:
    """A configuration that is wrong in several ways says each of them."""
    wrong = {**GOOD, "GUANXI_DATABASE_URL": "postgresql://a@h/d", "GUANXI_LISTEN": "nowhere", "GUANXI_THREADS": "0"}
    del wrong["GUANXI_NATS_URL"]
    with pytest.raises(ConfigError) as refused:
        ServiceConfig.from_environment(wrong)
    assert ["GUANXI_NATS_URL", "GUANXI_DATABASE_URL", "GUANXI_LISTEN", "GUANXI_THREADS"] == sorted(
        (problem.split()[0] for problem in refused.value.problems), key=lambda name: ("NATS" not in name, name)
    )


def test_good() -> None:
    """A complete configuration is read, with its defaults."""
    config = ServiceConfig.from_environment(GOOD)
    assert ("h:1", 8) == (config.listen, config.threads)


def test_every_setting_is_read() -> None:
    """A setting is a field, documented with its variable."""

    @dataclass(frozen=True, kw_only=True)
    class Own(Settings):
        size: int = setting("OWN_SIZE", "How large", parse=parse_positive)

    assert [("OWN_SIZE", "How large", True)] == Own.documented()
    assert 3 == Own.from_environment({"OWN_SIZE": "3"}).size
