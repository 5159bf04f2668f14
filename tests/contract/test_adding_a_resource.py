"""docs/adding-a-resource.md is true: its example has all it says, in as few lines as it says."""

import json
import os
import subprocess
import sys
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING

from tests.contract.exercise import EXAMPLE, ROOT

if TYPE_CHECKING:
    from tests.support.postgres import Databases

LINES = 120


def test_few_lines() -> None:
    """Contract, table and declaration are under 120 lines of code in all."""
    lines = [line.strip() for file in EXAMPLE.iterdir() for line in file.read_text("utf-8").splitlines()]
    assert len([line for line in lines if line and not line.startswith(("//", '"""'))]) < LINES


def test_has_everything(databases: "Databases", tmp_path: Path) -> None:
    """The resource has standard methods, REST, OpenAPI, metadata, filter, search, import, export, permissions, events,
    change feed and audit, without another line.
    """
    made = {service: astuple(databases.create(service)) for service in ("customers", "identity")}
    outcome = subprocess.run(
        [sys.executable, "-m", "tests.contract.exercise", str(tmp_path)],
        env={**os.environ, "EXERCISE_DATABASES": json.dumps(made)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    found = json.loads(outcome.stdout.strip().splitlines()[-1])
    assert found == {
        "update": [60, "2"],
        "undelete": "新项目 Alpha",
        "upsert": 1,
        "filter": 1,
        "search": ["新项目 Alpha"],
        "permission": "PERMISSION_DENIED",
        "import": 2,
        "export": 5,
        "events": [f"guanxi.customers.project.{verb}" for verb in ("created", "deleted", "undeleted", "updated")],
        "feed": 4,
        "audit": True,
        "metadata": ["进度"],
        "openapi": [
            "/api/v1/projects",
            "/api/v1/projects/{id}",
            "/api/v1/projects/{id}:undelete",
            "/api/v1/projects:batchGet",
            "/api/v1/projects:batchUpsert",
        ],
    }
