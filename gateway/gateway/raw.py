"""RPCs that answer `google.api.HttpBody`: bytes as they are, such as a logo.

Their addresses change with what they hold, so browsers may keep them for good. Whatever the bytes are called, a page
of ours never takes them for anything but a picture: the type is one of a few, is not guessed (`nosniff`), and opened by
itself the answer may run and load nothing.
"""

from typing import Any

from gateway.exchange import Answer

MEDIA_TYPES = ("image/jpeg", "image/png")


def answer_of(message: Any) -> Answer:
    """The bytes under a type that browsers only show; anything else is a download."""
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    if message.content_type in MEDIA_TYPES:
        return Answer(message.data, 200, message.content_type, headers)
    headers["Content-Disposition"] = "attachment"
    return Answer(message.data, 200, "application/octet-stream", headers)
