"""What may be a logo: PNG or JPEG by its own bytes, whatever it is called, and of a size that a page can show.

SVG is refused rather than cleaned: it is a document that can hold scripts and load addresses, and what a cleaner must
know changes with every browser. A picture's header is read, its pixels never are: browsers do that in a sandbox.
"""

import struct
from collections.abc import Iterator

from chassis.errors import InvalidArgumentError

MOST_BYTES = 256 * 1024
MOST_PIXELS = 2_000
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
# Frame headers of JPEG (ITU T.81, table B.1); C4, C8 and CC are tables, not frames.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})


def media_type(data: bytes) -> str:
    """`image/png` or `image/jpeg`. Raises InvalidArgumentError, which names the remedy."""
    if not data:
        raise InvalidArgumentError.of("data", "REQUIRED")
    if len(data) > MOST_BYTES:
        raise InvalidArgumentError.of("data", "LOGO_TOO_LARGE", limit=MOST_BYTES // 1024)
    kind = "image/png" if data.startswith(_PNG) else "image/jpeg" if data.startswith(_JPEG) else ""
    if not kind:
        raise InvalidArgumentError.of("data", "LOGO_KIND")
    size = _png_size(data) if kind == "image/png" else _jpeg_size(data)
    if size is None:
        raise InvalidArgumentError.of("data", "LOGO_BROKEN")
    if not all(0 < length <= MOST_PIXELS for length in size):
        raise InvalidArgumentError.of("data", "LOGO_PIXELS", limit=MOST_PIXELS)
    return kind


def _png_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG that has its header first and its end last (RFC 2083, 3)."""
    if data[12:16] != b"IHDR" or b"IEND" not in data[-12:] or len(data) < 45:
        return None
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of the first frame."""
    for marker, body in _segments(data):
        if marker in _FRAMES and len(body) >= 5:
            height, width = struct.unpack(">HH", body[1:5])
            return width, height
    return None


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and content of each segment before the pixels."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _ALONE:
            at += 2
        else:
            (length,) = struct.unpack(">H", data[at + 2 : at + 4])
            if marker == 0xDA or length < 2:
                return
            yield marker, data[at + 4 : at + 2 + length]
            at += 2 + length
