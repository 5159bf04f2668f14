"""Keys of what administrators define, for who gives none: `Start date` → `start_date`, `项目` → `xiangmu`."""

import re
from collections.abc import Callable

from chassis.text.pinyin import HAN, syllables

_OTHERS = re.compile(r"[^a-z0-9]+")


def key_of(
    label_en: str | None, label_zh: str | None, otherwise: str, longest: int, is_taken: Callable[[str], bool]
) -> str:
    """A key that nobody has yet, made of what something is called; `otherwise` is a key for what is called nothing."""
    written = HAN.sub(lambda run: "".join(syllables(run[0])), label_en or label_zh or "")
    base = _OTHERS.sub("_", written.lower()).strip("_") or otherwise
    base = (base if base[0].isalpha() else f"{otherwise}_{base}")[: longest - 4].rstrip("_")
    key, number = base, 2
    while is_taken(key):
        key, number = f"{base}_{number}", number + 1
    return key
