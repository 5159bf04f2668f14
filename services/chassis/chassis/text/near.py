"""Which of the known values a mistyped one probably means."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from rapidfuzz import fuzz, process

from chassis.text.keys import sort_key

_THRESHOLD = 84.0
_MARGIN = 4.0
_MAX_LENGTH = 200


@lru_cache(maxsize=65536)
def _shape(text: str) -> str:
    """Letters and digits alone, pinyin included: `GTX Pro` and `GTXPro` have one shape."""
    key = sort_key(text[:_MAX_LENGTH])
    return "".join(char for char in key if char.isalnum()) or key


class Candidates:
    """Known values, prepared once to be compared with many mistyped ones."""

    def __init__(self, values: Iterable[str]) -> None:
        self._values = list(dict.fromkeys(values))
        self._shapes = [_shape(value) for value in self._values]
        self._exact: dict[str, list[str]] = {}
        for value, shape in zip(self._values, self._shapes, strict=True):
            self._exact.setdefault(shape, []).append(value)

    def nearest(self, value: str) -> str | None:
        """The one known value that `value` probably means, or None when none is near or two are alike.

        Near is a similarity (rapidfuzz's ratio of letters and digits) of at least 84 of 100; the best
        must lead the second by more than 4. The same letters and digits are always near.
        """
        shape = _shape(value)
        exact = self._exact.get(shape)
        if exact:
            return exact[0] if len(exact) == 1 else None
        best = process.extract(shape, self._shapes, scorer=fuzz.ratio, limit=2, score_cutoff=_THRESHOLD)
        if not best or (len(best) > 1 and best[0][1] - best[1][1] <= _MARGIN):
            return None
        return self._values[best[0][2]]

    def several(self, value: str, limit: int = 3) -> list[str]:
        """Up to `limit` known values in order of likeness (at least 55 of 100), for an error message."""
        found = process.extract(_shape(value), self._shapes, scorer=fuzz.WRatio, limit=limit, score_cutoff=55.0)
        return [self._values[index] for _, _, index in found]


def nearest(value: str, candidates: Iterable[str] | Mapping[str, object]) -> str | None:
    """The one candidate that `value` probably means, or None; see `Candidates.nearest`."""
    return Candidates(candidates).nearest(value)


def nearest_several(value: str, candidates: Iterable[str], limit: int = 3) -> list[str]:
    """Candidates alike enough to be worth naming in an error message, best first."""
    return Candidates(candidates).several(value, limit)
