"""What can be known to fail before anything is started, said with its remedy.

The Python version is the Makefile's to check: it makes the environment that this runs in.
"""

import re
import shutil
import subprocess

from local import ports
from local.errors import PreflightError
from local.settings import Settings

NEEDED_BYTES = 1_000_000_000


def check(settings: Settings, *, node: bool) -> None:
    """Raise PreflightError with every reason why this machine cannot run the system as it is."""
    problems = [problem for problem in (_node() if node else None, _disk(settings)) if problem]
    for port, name in ((settings.port, "GUANXI_PORT"), (settings.console_port, "GUANXI_CONSOLE_PORT")):
        if not ports.is_free(port):
            problems.append(
                f"Port {port} is taken by another program{_listener(port)}. Choose another: {name}={port + 100} make up"
            )
    if settings.port == settings.console_port:
        problems.append("GUANXI_PORT and GUANXI_CONSOLE_PORT are the same.")
    if problems:
        raise PreflightError("\n".join(problems))


def _node() -> str | None:
    program = shutil.which("node")
    version = ""
    if program and shutil.which("npm"):
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout.strip()
        found = re.match(r"v(\d+)", version)
        if found and int(found.group(1)) >= 20:
            return None
    return f"Node.js 20 or newer with npm is needed to build the web client; found {version or 'none'}."


def _disk(settings: Settings) -> str | None:
    settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.state).free
    if free >= NEEDED_BYTES:
        return None
    return f"The disk with {settings.state} is nearly full: {free // 10**6} MB free, {NEEDED_BYTES // 10**6} MB needed."


def _listener(port: int) -> str:
    """Who listens there, where the system tells."""
    if not shutil.which("ss"):
        return ""
    listing = subprocess.run(["ss", "-Hltnp", f"sport = :{port}"], capture_output=True, text=True, check=False).stdout
    found = re.search(r'\("([^"]+)",pid=(\d+)', listing)
    return f" ({found.group(1)}, process {found.group(2)})" if found else ""
