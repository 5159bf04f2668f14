"""What can go wrong on a developer's machine, said so that a person knows what to do next.

LocalError
├── PreflightError      the machine cannot run the system (Python or Node too old, port taken, disk full)
├── StartError          a process did not become ready; carries its last log lines
└── DemoError           the demo organization could not be made
"""

from pathlib import Path


class LocalError(Exception):
    """A failure whose text is meant for a person; it is printed without a traceback."""


class PreflightError(LocalError):
    """The machine cannot run the system as it is; the text names the cause and the remedy."""


class DemoError(LocalError):
    """The running system refused one of the demo's requests."""


class StartError(LocalError):
    """A process ended, or was not ready in time."""

    def __init__(self, name: str, what: str, log: Path | None = None, lines: int = 15) -> None:
        """`what` completes the sentence "<name> …"; the last `lines` lines of `log` follow it."""
        text = f"{name} {what}."
        if log is not None:
            text += f"\nIts last lines, from {log}:\n" + tail(log, lines)
        super().__init__(text)


def tail(path: Path, lines: int) -> str:
    """The last lines of a log, indented; a sentence in their place when there are none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 64 * 1024))
            text = file.read().decode(errors="replace")
    except OSError:
        text = ""
    last = [line for line in text.splitlines() if line.strip()][-lines:]
    return "\n".join(f"    {line}" for line in last) or "    (it wrote nothing)"
