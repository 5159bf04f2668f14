"""What a sign-up must say."""

import secrets
from typing import Any
from zoneinfo import available_timezones

from chassis.currencies import CURRENCIES
from chassis.errors import Violation
from chassis.resources.kinds import InvalidValue, checked_text
from chassis.text import normalize_email
from guanxi.identity.v1 import signup_pb2
from identity.passwords.policy import Policy
from identity.users.contact import contact_of, is_number


def checked(request: signup_pb2.CreateSignupRequest) -> tuple[dict[str, Any], list[Violation]]:
    """The values to keep, and what is wrong with them."""
    problems = []
    values: dict[str, Any] = {}
    for name in ("organization_name", "name"):
        try:
            values[name] = checked_text(name, getattr(request, name), 200)
            if not values[name]:
                problems.append(Violation(name, "REQUIRED"))
        except InvalidValue as error:
            problems.append(error.violation)
    values["email"], values["phone"] = normalize_email(request.email) or "", _number(request.phone)
    if request.email and not values["email"]:
        problems.append(Violation("email", "INVALID_EMAIL"))
    if request.phone and not values["phone"]:
        problems.append(Violation("phone", "INVALID_PHONE"))
    if not request.email and not request.phone:
        problems.append(Violation("email", "REQUIRED"))
    problems += Policy().violations(request.password, request.email, values["phone"].lstrip("+"), request.name)
    values["language"] = request.language or "zh"
    if values["language"] not in ("zh", "en"):
        problems.append(Violation("language", "UNKNOWN_CHOICE", {"value": request.language[:20]}))
    values["time_zone"] = request.time_zone or "Asia/Shanghai"
    if values["time_zone"] not in available_timezones():
        problems.append(Violation("time_zone", "INVALID_TIME_ZONE"))
    values["currency"] = request.currency or "CNY"
    if values["currency"] not in CURRENCIES:
        problems.append(Violation("currency", "INVALID_CURRENCY"))
    return values, problems


def _number(text: str) -> str:
    contact = contact_of(text) if text else None
    return contact if contact and is_number(contact) else ""


def new_code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(1_000_000):06d}"
