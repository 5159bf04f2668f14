"""Installs and builds the web client, each only when its inputs changed: python -m local web [--install-only]."""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from local import process
from local.errors import LocalError, StartError
from local.settings import ROOT

WEB = ROOT / "web"
_STAMP = ROOT / ".guanxi" / "web.stamp"


def exists() -> bool:
    """Whether this checkout has a web client."""
    return (WEB / "package.json").exists()


def is_built() -> bool:
    """Whether web/dist was built from the sources as they are."""
    return (WEB / "dist" / "index.html").exists() and _STAMP.exists() and _STAMP.read_text() == _digest()


def is_installed() -> bool:
    """Whether node_modules holds the versions of package-lock.json; npm leaves its own list there."""
    try:
        present = json.loads((WEB / "node_modules" / ".package-lock.json").read_text())["packages"]
        wanted = json.loads((WEB / "package-lock.json").read_text())["packages"]
    except (OSError, ValueError, KeyError):
        return False
    return all(
        name in present and present[name].get("version") == package.get("version")
        for name, package in wanted.items()
        if name and not package.get("optional") and not package.get("peer") and not package.get("link")
    )


def build(*, install_only: bool = False) -> None:
    """Bring node_modules and web/dist up to date; raises StartError with npm's last lines when that fails."""
    if not exists():
        return
    _STAMP.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (_STAMP.parent / "web.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_installed():
            print("Installing the web client's packages …", flush=True)
            _npm("ci", "--no-audit", "--no-fund", "--ignore-scripts")
        if not install_only and not is_built():
            digest = _digest()
            _npm("run", "build")
            if not (WEB / "dist" / "index.html").exists():
                raise LocalError("npm run build made no web/dist/index.html")
            _STAMP.write_text(digest)


def _npm(*arguments: str) -> None:
    log = ROOT / ".guanxi" / "logs" / "web.log"
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = ROOT / ".guanxi" / "tmp"
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "TMPDIR": str(scratch),
        "CI": "true",
        "NO_COLOR": "1",
        "npm_config_cache": str(ROOT / ".guanxi" / "cache" / "npm"),
    }
    if not shutil.which("npm"):
        raise LocalError("npm is not installed: Node.js 20 or newer is needed")
    with log.open("wb") as output:
        outcome = subprocess.run(
            process.mortal(["npm", *arguments], signal.SIGTERM),
            cwd=WEB, env=environment, stdout=output, stderr=output, check=False,
        )  # fmt: skip
    if outcome.returncode != 0:
        raise StartError(f"npm {arguments[0]} in web/", f"ended with code {outcome.returncode}", log)


def _sources() -> Iterator[Path]:
    for path in sorted(WEB.iterdir()):
        if path.is_file():
            yield path
        elif path.name in {"src", "public", "scripts"}:
            yield from sorted(inner for inner in path.rglob("*") if inner.is_file())


def _digest() -> str:
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(str(path.relative_to(WEB)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
