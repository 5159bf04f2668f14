"""Starts everything in order, keeps it running, and stops it in reverse order.

Whatever ends the supervisor ends its children: Ctrl-C and SIGTERM in order, a kill by the kernel's
hand (see `process.mortal`). What is left of an earlier run is stopped first.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import IO

from chassis.database.bootstrap import bootstrap, role_names
from local import preflight, process, web
from local.child import Child
from local.errors import LocalError, PreflightError, StartError, tail
from local.migrations import Stamps
from local.plan import SERVICES, Plan, Program, slug
from local.settings import ROOT, Settings, write_private
from local.terminal import Progress

START_SECONDS = 90.0


class Supervisor:
    """One run of the local system."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        """Nothing is started yet."""
        self.settings, self.progress = settings, progress
        self.children: dict[str, Child] = {}
        self._plan: Plan | None = None
        self._stop = asyncio.Event()
        self._ready = False
        self._signals = 0

    async def run(self) -> None:
        """Start, announce, and stay until a signal; raises LocalError when the start fails."""
        lock = self._claim()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._interrupted)
        start = asyncio.create_task(self._start())
        stop = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({start, stop}, return_when=asyncio.FIRST_COMPLETED)
            if start.done():
                await start
                await stop
        finally:
            for task in (start, stop):
                task.cancel()
            await asyncio.gather(start, stop, return_exceptions=True)
            await self._stop_all()
            self.settings.pid_file.unlink(missing_ok=True)
            lock.close()

    # --- start ---

    def _claim(self) -> IO[str]:
        """One supervisor for a state folder; what a killed one left behind is stopped."""
        settings = self.settings
        settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (settings.state / "supervisor.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PreflightError(f"It is already running at {settings.url}; `make down` stops it.") from None
        stop_leftovers(settings)
        settings.ports.forget_taken()
        preflight.check(settings, node=settings.web and web.exists() and not web.is_built())
        write_private(settings.pid_file, str(process.Identity.of(os.getpid())))
        return lock

    async def _start(self) -> None:
        settings, progress = self.settings, self.progress
        client = asyncio.create_task(self._build_client())
        first = await asyncio.to_thread(Plan(settings).postgres.initialize)
        plan = self._plan = Plan(settings)
        if first:
            progress.say("made a new PostgreSQL cluster")
        await self._launch([*plan.infrastructure(), plan.console()])
        await self._answering("postgres", plan.postgres.ready)
        stamps = Stamps(settings.folder("postgres") / "migrated.json", forget=first)
        passwords = {role: settings.secrets.get(role) for role in role_names(SERVICES)}
        await asyncio.to_thread(bootstrap, plan.postgres.url, SERVICES, passwords)
        await self._answering("nats", plan.broker.ready)
        progress.say("PostgreSQL and NATS are ready")
        await asyncio.gather(*(self._migrate(plan, service, stamps) for service in SERVICES))
        services = plan.services()
        await self._launch(services)
        await client
        await self._serving(services)
        # After them: its connections are then made at once, none waits out a pause after a first refusal.
        await self._launch([plan.gateway()])
        await self._answering("gateway", lambda: _http_ok(f"{settings.url}/readyz"))
        self._ready = True
        self._record()
        self._announce()
        if settings.demo:
            await self._demo()

    async def _build_client(self) -> None:
        if not self.settings.web or not web.exists():
            return
        if not await asyncio.to_thread(web.is_built):
            self.progress.say("building the web client …")
            await self._command("web", [sys.executable, "-m", "local", "web"], dict(os.environ))
            self.progress.say("the web client is built")

    async def _migrate(self, plan: Plan, service: str, stamps: Stamps) -> None:
        if stamps.current(service):
            return
        await self._command(f"{slug(service)}-migrate", plan.migration(service), plan.environment(service))
        stamps.write(service)
        self.progress.say(f"{slug(service)}: database is up to date")

    async def _command(self, name: str, command: Sequence[str], environment: dict[str, str]) -> None:
        """Run something to its end; raises StartError with its last lines when it fails."""
        log = self.settings.log(name)
        with log.open("wb") as output:
            handle = await asyncio.create_subprocess_exec(
                *process.mortal(command, signal.SIGKILL),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                cwd=ROOT,
                start_new_session=True,
            )
        try:
            code = await handle.wait()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(handle.pid, signal.SIGKILL)
            await handle.wait()
            raise
        if code != 0:
            raise StartError(name, f"ended with code {code}", log, lines=25)

    async def _launch(self, programs: Iterable[Program]) -> None:
        for program in programs:
            child = Child(program, self.settings, self.progress, self._record)
            self.children[program.name] = child
            await child.start()

    async def _answering(self, name: str, answers: Callable[[], bool]) -> None:
        """Wait until a process of our own answers; raises StartError when it keeps dying, or takes too long."""
        child = self.children[name]
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while not await asyncio.to_thread(answers):
            self._check(child, deadline)
            await asyncio.sleep(0.05)

    async def _serving(self, programs: Sequence[Program]) -> None:
        """Wait until every service's health says SERVING; restarts are seen the same way."""
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        ports = [f"{program.name}={program.health}" for program in programs]
        probe = await asyncio.create_subprocess_exec(
            *process.mortal([sys.executable, "-m", "local.health", *ports], signal.SIGKILL),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        waiting = {program.name for program in programs}
        try:
            assert probe.stdout is not None
            while waiting:
                try:
                    line = await asyncio.wait_for(probe.stdout.readline(), 0.5)
                except TimeoutError:
                    for name in waiting:
                        self._check(self.children[name], deadline)
                    continue
                if not line:
                    raise LocalError("the health probe ended by itself")
                name = line.decode().strip()
                waiting.discard(name)
                self.progress.say(f"{name} is ready")
        finally:
            if probe.returncode is None:
                probe.kill()
            await probe.wait()

    def _check(self, child: Child, deadline: float) -> None:
        log = self.settings.log(child.program.name)
        if child.restarts >= 3 and child.ended:
            raise StartError(child.program.name, "ends again and again", log, lines=25)
        if asyncio.get_running_loop().time() > deadline:
            raise StartError(child.program.name, f"was not ready within {START_SECONDS:g} seconds", log, lines=25)

    def _announce(self) -> None:
        settings = self.settings
        self.progress.say("everything is running")
        self.progress.show(
            f"  Guanxi    {settings.url}\n"
            f"  Console   {settings.console_url}   mails, traces, metrics, processes\n"
            f"  Logs      {settings.folder('logs')}\n"
            "  Ctrl-C stops it."
        )

    async def _demo(self) -> None:
        """A demo organization, once; its failure is told and does not stop the system."""
        try:
            await self._command("demo", [sys.executable, "-m", "local", "demo", "--once"], dict(os.environ))
        except StartError as error:
            self.progress.show(f"The demo organization could not be made: {error}")
            return
        self.progress.show(tail(self.settings.log("demo"), 6).replace("    ", "  "))

    # --- stop ---

    def _interrupted(self) -> None:
        self._signals += 1
        self._stop.set()
        if self._signals == 1:
            self.progress.show("Stopping … (once more to kill)")
        else:
            for child in self.children.values():
                child.kill()

    async def _stop_all(self) -> None:
        inner = {"postgres", "nats", "console"}
        outer = [child for name, child in self.children.items() if name not in inner]
        await asyncio.gather(*(child.stop() for child in outer))
        await asyncio.gather(*(child.stop() for name, child in self.children.items() if name in inner))
        self.settings.run_file.unlink(missing_ok=True)
        if self.children:
            self.progress.say("stopped")

    def _record(self) -> None:
        """Tell others what runs: see `Settings.run_file`."""
        processes = [
            {
                "name": name,
                "state": str(child.state),
                "identity": str(child.identity or ""),
                "restarts": child.restarts,
                "metrics": child.program.metrics,
                "health": child.program.health,
            }
            for name, child in self.children.items()
        ]
        content = {
            "ready": self._ready,
            "supervisor": str(process.Identity.of(os.getpid())),
            "url": self.settings.url,
            "console": self.settings.console_url,
        }
        write_private(self.settings.run_file, json.dumps({**content, "processes": processes}, indent=1))


def _http_ok(url: str) -> bool:
    import urllib.request

    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def stop_leftovers(settings: Settings) -> None:
    """Stop the processes of a supervisor that was killed, should any outlive it."""
    try:
        known = json.loads(settings.run_file.read_text())["processes"]
    except (OSError, ValueError, KeyError):
        return
    found = {entry["name"]: process.Identity.parse(entry["identity"]) for entry in known}
    left = [identity for name, identity in found.items() if identity and name != "postgres"]
    process.stop(left, 5)
    if database := found.get("postgres"):
        process.stop([database], 20, signal.SIGINT)
    settings.run_file.unlink(missing_ok=True)
