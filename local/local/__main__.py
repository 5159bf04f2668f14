"""python -m local up | down | status | demo | web | service: the whole system on this machine."""

import argparse
import asyncio
import json
import signal
import subprocess
import sys

from local import process
from local.errors import LocalError
from local.settings import ROOT, Settings
from local.terminal import Progress, fail


def up(settings: Settings) -> int:
    """Run in the foreground until a signal."""
    from local.supervisor import Supervisor

    async def run() -> None:
        await Supervisor(settings, Progress()).run()

    asyncio.run(run())
    return 0


def down(settings: Settings, *, quiet: bool) -> int:
    """Stop a running system from outside, or what is left of one."""
    from local.supervisor import stop_leftovers

    text = settings.pid_file.read_text() if settings.pid_file.exists() else ""
    supervisor = process.Identity.parse(text)
    if supervisor is not None and supervisor.alive():
        supervisor.send(signal.SIGTERM)
        if process.wait_gone([supervisor], 60):
            supervisor.send(signal.SIGKILL)
            process.wait_gone([supervisor], 5)
        message = "Stopped."
    else:
        message = "It is not running."
    stop_leftovers(settings)
    settings.pid_file.unlink(missing_ok=True)
    if not quiet:
        print(message)
    return 0


def status(settings: Settings) -> int:
    """Show what runs; 3 when nothing does."""
    try:
        running = json.loads(settings.run_file.read_text())
        supervisor = process.Identity.parse(running["supervisor"])
    except (OSError, KeyError):
        supervisor = None
    if supervisor is None or not supervisor.alive():
        print("It is not running.")
        return 3
    print(f"Guanxi   {running['url']}\nConsole  {running['console']}\n")
    for entry in running["processes"]:
        identity = process.Identity.parse(entry["identity"])
        pid = str(identity.pid) if identity and identity.alive() else "-"
        restarts = f"restarted {entry['restarts']} times" if entry["restarts"] else ""
        print(f"  {entry['name']:20} {entry['state']:12} {pid:>8}  {restarts}".rstrip())
    return 0


def service(settings: Settings, name: str, arguments: list[str]) -> int:
    """Run a command of a service, such as `dead-letters`, with the settings it has here; returns its exit code."""
    from local.plan import SERVICES, Plan, slug

    package = name.replace("-", "_")
    if package not in SERVICES:
        raise LocalError(f"There is no service {name}; there are {', '.join(slug(one) for one in SERVICES)}.")
    if not settings.run_file.exists():
        raise LocalError("It is not running: `make up` starts it.")
    environment = {
        **Plan(settings).environment(package),
        "GUANXI_HEALTH_LISTEN": "127.0.0.1:0",
        "GUANXI_METRICS_LISTEN": "127.0.0.1:0",
    }
    return subprocess.run(
        [sys.executable, "-m", package, *arguments], env=environment, cwd=ROOT, check=False
    ).returncode


def main(arguments: list[str]) -> int:
    """The command line; LocalError ends it with 1 and its own words."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("up", help="start everything, stay in the foreground")
    verbs.add_parser("down", help="stop it").add_argument("--quiet", action="store_true")
    verbs.add_parser("status", help="show the processes")
    verbs.add_parser("demo", help="make a demo organization").add_argument("--once", action="store_true")
    verbs.add_parser("web", help="build the web client").add_argument("--install-only", action="store_true")
    inner = verbs.add_parser("service", help="run a command of a service: service reporting dead-letters")
    inner.add_argument("name")
    inner.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    try:
        settings = Settings.read()
        match options.verb:
            case "up":
                return up(settings)
            case "down":
                return down(settings, quiet=options.quiet)
            case "status":
                return status(settings)
            case "service":
                return service(settings, options.name, options.arguments)
            case "demo":
                from local.demo import run as demo

                demo(settings, once=options.once)
            case "web":
                from local.web import build

                build(install_only=options.install_only)
    except LocalError as error:
        fail(str(error))
        return 1
    except OSError as error:
        fail(f"{error}")  # a full disk, a folder without rights: the system's own words are the plainest
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
