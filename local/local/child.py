"""One supervised process: started, watched, started again when it dies, asked to end."""

import asyncio
import os
import signal
import time
from enum import StrEnum
from typing import TYPE_CHECKING

from local import process
from local.errors import tail
from local.plan import Program
from local.settings import ROOT, Settings
from local.terminal import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_DELAY, LONGEST_DELAY, HEALTHY_AFTER = 0.2, 10.0, 30.0
MAX_LOG_BYTES = 20_000_000


class State(StrEnum):
    """What a process is doing, as `status` and the console show it."""

    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting to be started again"
    STOPPED = "stopped"


class Child:
    """Keeps one program running until it is told to stop."""

    def __init__(self, program: Program, settings: Settings, progress: Progress, changed: "Callable[[], None]") -> None:
        """`changed` is called after every change of state."""
        self.program, self._settings, self._progress, self._changed = program, settings, progress, changed
        self.state, self.restarts = State.STOPPED, 0
        self.identity: process.Identity | None = None
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._handle: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and keep it running; returns as soon as the process exists."""
        log = self._settings.log(self.program.name)
        if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
            log.replace(log.with_suffix(".1.log"))
        await self._spawn()
        self._task = asyncio.create_task(self._watch())

    @property
    def ended(self) -> bool:
        """Whether it ended by itself since it was last started."""
        return self._handle is None or self._handle.returncode is not None

    async def stop(self) -> None:
        """Ask it to end, wait, and kill its process group when it does not."""
        self._stopping = True
        handle = self._handle
        if handle is not None and handle.returncode is None:
            handle.send_signal(self.program.stop_signal)
            try:
                await asyncio.wait_for(handle.wait(), self.program.stop_seconds)
            except TimeoutError:
                self._progress.say(f"{self.program.name} did not stop in time and is killed")
                self.kill()
                await handle.wait()
        tasks = [task for task in (self._task, self._listening) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._set(State.STOPPED)

    def kill(self) -> None:
        """End it at once, with whatever it started."""
        if self.identity is not None and self.identity.alive():
            try:
                os.killpg(self.identity.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                self.identity.send(signal.SIGKILL)

    async def _spawn(self) -> None:
        with self._settings.log(self.program.name).open("ab") as log:
            self._handle = await asyncio.create_subprocess_exec(
                *self.program.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self.program.environment),
                cwd=ROOT,
                start_new_session=True,
            )
        self.identity = process.Identity.of(self._handle.pid)
        self._set(State.STARTING)
        self._listening = asyncio.create_task(self._until_it_listens())

    async def _until_it_listens(self) -> None:
        while self.state is State.STARTING:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.program.port)
            except OSError:
                await asyncio.sleep(0.1)
                continue
            writer.close()
            self._set(State.RUNNING)

    async def _watch(self) -> None:
        delay = FIRST_DELAY
        while True:
            assert self._handle is not None
            started = time.monotonic()
            code = await self._handle.wait()
            if self._stopping:
                return
            self._set(State.WAITING)
            delay = FIRST_DELAY if time.monotonic() - started > HEALTHY_AFTER else min(delay * 2, LONGEST_DELAY)
            self._tell(code, delay)
            await asyncio.sleep(delay)
            while self.held:  # noqa: ASYNC110 - it waits for a file, which sends no event
                await asyncio.sleep(0.1)
            self.restarts += 1
            await self._spawn()

    @property
    def held(self) -> bool:
        """Whether somebody asked for it to stay down: a test of an outage, by a file in the state folder."""
        return (self._settings.state / "hold" / self.program.name).exists()

    def _tell(self, code: int, delay: float) -> None:
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        log = self._settings.log(self.program.name)
        self._progress.say(f"{self.program.name} {how}; starting it again in {delay:.1f} s ({log})")
        if code > 0 and self.restarts % 5 == 0:
            self._progress.show(tail(log, 12))

    def _set(self, state: State) -> None:
        self.state = state
        self._changed()
