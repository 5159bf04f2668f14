"""What the person at the terminal sees: one line for each thing that happened, with the seconds since the start."""

import sys
import time


class Progress:
    """Prints lines; a clock runs from when it is made."""

    def __init__(self) -> None:
        """The clock starts now."""
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._start

    def say(self, text: str) -> None:
        """One line with the time."""
        print(f"{self.seconds:6.1f}s  {text}", flush=True)

    def show(self, text: str) -> None:
        """Lines as they are, set apart by a blank one."""
        print(f"\n{text}", flush=True)


def fail(text: str) -> None:
    """What went wrong, for a person, on standard error."""
    print(f"\nGuanxi: {text}", file=sys.stderr, flush=True)
