"""The operator's guide says what the code reads, no more and no less."""

import re

import pytest

from gateway.config import GatewayConfig
from local.settings import ROOT

SOURCES = (
    "services/*/*/config.py",
    "gateway/gateway/config.py",
    "services/chassis/chassis/database/bootstrap.py",
    "local/local/settings.py",
)
INNER = {"GUANXI_SMTP_PORT"}  # between processes of the local system
METRIC = re.compile(r"(?:Counter|Gauge|Histogram)\(\s*\"(guanxi_[a-z_]+)\"")
WORD = re.compile(r"GUANXI_[A-Z_]+")


@pytest.mark.parametrize("page", ["operators-guide.md", "operators-guide.zh-CN.md"])
def test_every_setting_is_documented(page):
    """Each setting that a configuration reads is in the guide, and each one in the guide is read."""
    read = {name for name, *_ in GatewayConfig.documented()}  # one address for each service: no file names them
    read |= {name for source in SOURCES for path in ROOT.glob(source) for name in WORD.findall(path.read_text())}
    said = set(WORD.findall((ROOT / "docs" / page).read_text()))
    missing, unread = read - INNER - said, said - (read - INNER)
    assert not missing, f"add to docs/{page}: {', '.join(sorted(missing))}"
    assert not unread, f"take out of docs/{page}, nothing reads it: {', '.join(sorted(unread))}"


@pytest.mark.parametrize("page", ["operators-guide.md", "operators-guide.zh-CN.md"])
def test_every_metric_exists(page):
    """Each figure that the guide tells people to watch is one that a process shows."""
    sources = [*ROOT.glob("services/**/*.py"), *ROOT.glob("gateway/**/*.py")]
    made = {name for path in sources for name in METRIC.findall(path.read_text())}
    named = set(re.findall(r"^\| `(guanxi_[a-z_]+)`", (ROOT / "docs" / page).read_text(), re.MULTILINE))
    assert named >= {"guanxi_dead_letters", "guanxi_consumer_lag"}
    assert named <= made


def test_make_help_lists_the_documented_commands():
    """Each `make` command that the README names exists."""
    named = set(re.findall(r"^\| `make ([a-z]+)`", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert named
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named <= targets
