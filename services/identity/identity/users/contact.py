"""What a person logs in with: an e-mail address, or a mobile number."""

from collections.abc import Mapping
from typing import Any

from chassis.text import normalize_email, normalize_phone


def contact_of(text: str) -> str | None:
    """The address in lower case, or the number in E.164; None when it is neither."""
    if "@" in text:
        return normalize_email(text)
    number = normalize_phone(text)
    return number if number and ";" not in number else None


def log_in_name(user: Mapping[str, Any]) -> str | None:
    """What a user logs in with and is reached by: the e-mail address, of who has none the mobile number."""
    return contact_of(user["email"] or user["phone"] or "")


def is_number(contact: str) -> bool:
    """Whether messages go there by SMS."""
    return "@" not in contact


def entered(text: str) -> str:
    """What somebody typed in, as it would be kept if it were known."""
    return contact_of(text) or text.strip().lower()
