"""Each build can say what it is made of."""

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What `make sbom` writes: of Python, and of the web client."""
    spec = importlib.util.spec_from_file_location("sbom", ROOT / ".ci/sbom.py")
    assert spec is not None
    assert spec.loader is not None
    sbom = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sbom)
    return [json.loads(path.read_text()) for path in sbom.write(tmp_path_factory.mktemp("sbom"))]


def test_every_python_package(documents: list[dict[str, Any]]) -> None:
    """What is installed is listed, at the version that the lock names."""
    locked = dict(
        re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", (ROOT / "requirements/lock.txt").read_text(), re.MULTILINE)
    )
    listed = {re.sub(r"[-_.]+", "-", one["name"]).lower(): one["version"] for one in documents[0]["components"]}
    needed = {"grpcio", "protobuf", "sqlalchemy", "psycopg2-binary", "nats-py", "starlette", "guanxi-chassis"}
    assert needed <= listed.keys()
    assert {name: listed[name] for name in listed.keys() & locked.keys()} == {
        name: locked[name] for name in listed.keys() & locked.keys()
    }


def test_every_web_package(documents: list[dict[str, Any]]) -> None:
    """The web client's packages are those of its lock, each with a licence and a package address."""
    lock = json.loads((ROOT / "web/package-lock.json").read_text())["packages"]
    locked = {(path.rpartition("node_modules/")[2], one["version"]) for path, one in lock.items() if path}
    listed = {
        ("/".join(filter(None, (one.get("group"), one["name"]))), one["version"]) for one in documents[1]["components"]
    }
    assert listed
    assert listed <= locked
    assert {"react", "@mantine/core"} <= {name for name, _ in listed}
    assert all(one["purl"].startswith("pkg:npm/") for one in documents[1]["components"])
