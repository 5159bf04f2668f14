"""Times taken in turn, so that a busy moment of the machine strikes all ways alike, and the table they are printed in."""

import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

WARM = 5
_WIDTHS = (30, 11, 11, 7, 11, 7, 6)


def interleaved(ways: Mapping[str, Callable[[], object]], rounds: int, *, warm: int = WARM) -> dict[str, float]:
    """Median seconds of each way, called in turn `rounds` times after a few calls that do not count."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(warm + rounds):
        for name, way in ways.items():
            begun = time.perf_counter()
            way()
            if number >= warm:
                taken[name].append(time.perf_counter() - begun)
    return {name: statistics.median(found) for name, found in taken.items()}


@dataclass(frozen=True)
class Aim:
    """A ratio, or a figure in a unit, to keep to."""

    name: str
    ratio: float
    limit: float
    at_least: bool = False
    unit: str = "×"

    @property
    def met(self) -> bool:
        """Whether it is kept."""
        return self.ratio >= self.limit if self.at_least else self.ratio <= self.limit

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        return f"  {self.name:<28} aim {sign} {self.limit:g}{self.unit}, is {self.ratio:.2f}{self.unit}: {'met' if self.met else 'NOT met'}"


@dataclass
class Table:
    """Prints each line when it is known, and what was aimed at last."""

    aims: list[Aim] = field(default_factory=list)

    def heading(self, text: str, *columns: str) -> None:
        """Begin a part."""
        _print(f"\n{text}")
        self._line(("", *columns, "load"))

    def times(self, name: str, found: Mapping[str, float], aims: Mapping[str, float] | None = None) -> None:
        """Milliseconds of `raw`, `grpc` and `rest`, the latter two also as ratios."""
        cells = [name, _ms(found["raw"])]
        for way in ("grpc", "rest"):
            ratio = found[way] / found["raw"]
            cells += [_ms(found[way]), f"{ratio:.2f}×"]
            if aims and way in aims:
                self.aims.append(Aim(f"{name}, {way}", ratio, aims[way]))
        self._line((*cells, _load()))

    def rates(self, name: str, raw: float, ours: float, aim: float | None = None) -> None:
        """Rows or events a second."""
        ratio = ours / raw
        if aim is not None:
            self.aims.append(Aim(name, ratio, aim, at_least=True))
        self._line((name, f"{raw:,.0f}/s", f"{ours:,.0f}/s", f"{ratio:.2f}×", _load()))

    def figure(self, name: str, value: float, unit: str, limit: float | None = None) -> None:
        """A figure of its own, with the most it should be."""
        if limit is not None:
            self.aims.append(Aim(name, value, limit, unit=f" {unit}"))
        self._line((name, f"{value:,.1f} {unit}"))

    def note(self, text: str) -> None:
        """A line of words."""
        _print(f"  {text}")

    def close(self) -> None:
        """The aims, and where it stands."""
        _print("\nAims")
        for aim in self.aims:
            _print(str(aim))

    @staticmethod
    def _line(cells: tuple[str, ...]) -> None:
        first, *others = cells
        _print(
            f"  {first:<{_WIDTHS[0]}}"
            + "".join(f"{cell:>{width}}" for cell, width in zip(others, _WIDTHS[1:], strict=False))
        )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
