"""Every overlay, rendered as `kubectl apply -k` would, with throw-away secrets."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from local.settings import ROOT

OVERLAYS = sorted(path.parent.name for path in (ROOT / "k8s" / "overlays").glob("*/kustomization.yaml"))


@pytest.fixture(scope="session", params=OVERLAYS)
def manifests(request, tmp_path_factory):
    """The objects of one overlay."""
    copy = tmp_path_factory.mktemp("k8s") / "k8s"
    shutil.copytree(ROOT / "k8s", copy, ignore=shutil.ignore_patterns("secrets"))
    overlay = copy / "overlays" / request.param
    if (overlay / "make_secrets.py").exists():
        subprocess.run([sys.executable, overlay / "make_secrets.py"], check=True, capture_output=True)
    kubectl = Path(sys.prefix) / "bin" / "kubectl"
    rendered = subprocess.run([kubectl, "kustomize", overlay], capture_output=True, text=True, check=False)
    assert rendered.returncode == 0, rendered.stderr
    return [document for document in yaml.safe_load_all(rendered.stdout) if document]
