"""Pages of an import's lists: sizes, and tokens that say where the page before ended."""

import base64
import uuid

from chassis.errors import InvalidArgumentError

PAGE = 100
MOST_PAGE = 500


def size_of(wanted: int) -> int:
    """Rows of a page: as many as wanted, 100 when nothing is, never more than 500."""
    return min(max(wanted, 0) or PAGE, MOST_PAGE)


def page_token(last: str) -> str:
    """The token of the page behind `last`."""
    return base64.urlsafe_b64encode(last.encode()).decode().rstrip("=")


def _text(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
    except ValueError:
        raise InvalidArgumentError.of("page_token", "INVALID_PAGE_TOKEN") from None


def offset_of(token: str) -> int:
    """The number that a token names, 0 without one. Raises InvalidArgumentError."""
    if not token:
        return 0
    last = _text(token)
    if not last.isdigit() or len(last) > 9:
        raise InvalidArgumentError.of("page_token", "INVALID_PAGE_TOKEN")
    return int(last)


def id_of(token: str) -> uuid.UUID:
    """The id that a token names. Raises InvalidArgumentError."""
    try:
        return uuid.UUID(_text(token))
    except ValueError:
        raise InvalidArgumentError.of("page_token", "INVALID_PAGE_TOKEN") from None
