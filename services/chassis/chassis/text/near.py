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
    """Known values, prepared once to be compared with many mistyped ones.

    A mapping gives other names of a value, too: name → value.
    """

    def __init__(self, values: Iterable[str] | Mapping[str, str]) -> None:
        named = values if isinstance(values, Mapping) else {value: value for value in values}
        self._values = list(named.values())
        self._shapes = [_shape(name) for name in named]
        self._exact: dict[str, set[str]] = {}
        for value, shape in zip(self._values, self._shapes, strict=True):
            self._exact.setdefault(shape, set()).add(value)

    def nearest(self, value: str) -> str | None:
        """The one known value that `value` probably means, or None when none is near or two are alike.

        Near is a similarity (rapidfuzz's ratio of letters and digits) of at least 84 of 100; the best
        must lead the second by more than 4. The same letters and digits are always near.
        """
        shape = _shape(value)
        exact = self._exact.get(shape)
        if exact:
            return next(iter(exact)) if len(exact) == 1 else None
        best = process.extract(shape, self._shapes, scorer=fuzz.ratio, limit=8, score_cutoff=_THRESHOLD)
        if not best:
            return None
        found = self._values[best[0][2]]
        rivals = (score for _, score, index in best if self._values[index] != found)
        return None if best[0][1] - next(rivals, 0.0) <= _MARGIN else found

    def several(self, value: str, limit: int = 3) -> list[str]:
        """Up to `limit` known values in order of likeness (at least 55 of 100), for an error message."""
        found = process.extract(_shape(value), self._shapes, scorer=fuzz.WRatio, limit=limit * 3, score_cutoff=55.0)
        return list(dict.fromkeys(self._values[index] for _, _, index in found))[:limit]


def nearest(value: str, candidates: Iterable[str]) -> str | None:
    """The one candidate that `value` probably means, or None; see `Candidates.nearest`."""
    return Candidates(list(candidates)).nearest(value)


def nearest_several(value: str, candidates: Iterable[str], limit: int = 3) -> list[str]:
    """Candidates alike enough to be worth naming in an error message, best first."""
    return Candidates(list(candidates)).several(value, limit)
