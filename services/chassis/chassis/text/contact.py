"""Phone numbers and e-mail addresses in the one form that is stored and compared."""

import re
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

_PLAIN_EMAIL = re.compile(
    r"[A-Za-z0-9_+-]{1,64}(?:\.[A-Za-z0-9_+-]{1,64}){0,8}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}"
)
_CHINESE_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")
_SEPARATORS = str.maketrans("", "", " -().\u00a0\u3000\u2010\u2011\u2013")


@lru_cache(maxsize=8192)
def normalize_phone(text: str, region: str = "CN") -> str | None:
    """The number in E.164 (`+8613800138000`), or None when it cannot be one.

    `region` (ISO 3166) reads numbers written without a country code. An extension is kept as `;ext=12`.
    """
    stripped = text.strip()
    if region == "CN" and (mobile := _CHINESE_MOBILE.fullmatch(stripped.translate(_SEPARATORS))):
        return f"+86{mobile.group(1)}"
    try:
        number = phonenumbers.parse(stripped[:60], region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    formatted = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{formatted};ext={number.extension}" if number.extension else formatted


def normalize_email(text: str) -> str | None:
    """The address in lower case (domains in Unicode form), or None when it is not one. Nothing is looked up."""
    stripped = text.strip()
    if len(stripped) <= 254 and _PLAIN_EMAIL.fullmatch(stripped) and ".-" not in stripped and "-." not in stripped:
        return stripped.lower()
    try:
        checked = validate_email(stripped[:320], check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return checked.normalized.lower()
