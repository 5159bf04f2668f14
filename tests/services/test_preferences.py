"""What a member has otherwise than their organization: time zone, formats, language."""

from typing import Any

import pytest

from tests.services.harness import Client, Refused
from tests.support.house import Admin, House


def settle(client: Client, **values: str) -> Any:
    """Change some preferences."""
    return client.call("UpdatePreferences", preferences=values, update_mask={"paths": list(values)})


def test_anonymous(house: House) -> None:
    """Nobody has none."""
    for method in ("GetPreferences", "UpdatePreferences"):
        with pytest.raises(Refused) as caught:
            house.client().call(method)
        assert "UNAUTHENTICATED" == caught.value.code


def test_ones_own_come_before_the_organizations(admin: Admin) -> None:
    """Who has settled something reads by it, everybody else as the organization settled; taken back, so do they again.

    It takes no right but being a member.
    """
    client = admin.client()
    before = client.call("GetOrganization", id=admin.org_id)
    client.call(
        "UpdateOrganization",
        organization={"id": admin.org_id, "etag": before.etag, "date_format": "dmy", "number_format": "dot"},
        update_mask={"paths": ["date_format", "number_format"]},
    )
    member, _ = admin.member([])
    settle(member, time_zone="Europe/Berlin", date_format="ymd")
    session = member.call("GetCurrentSession")
    assert ("Asia/Shanghai", "Europe/Berlin") == (session.time_zone, session.own_time_zone)
    assert ("ymd", "dot") == (session.date_format, session.number_format)
    session = client.call("GetCurrentSession")
    assert ("Asia/Shanghai", "dmy") == (session.own_time_zone, session.date_format)
    assert "" == settle(member, time_zone="").time_zone
    session = member.call("GetCurrentSession")
    assert ("Asia/Shanghai", "ymd") == (session.own_time_zone, session.date_format)


def test_the_language_is_the_users(admin: Admin) -> None:
    """It is that of the user's record, which mails follow, and its change is in the record like any other."""
    member, user_id = admin.member([])
    assert "zh" == settle(member, language="zh").language
    assert ("zh", "zh") == (
        member.call("GetCurrentSession").language,
        admin.client().call("GetUser", id=user_id).language,
    )


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("time_zone", "Mars/Base", "INVALID_TIME_ZONE"),
        ("date_format", "yesterday", "UNKNOWN_CHOICE"),
        ("number_format", "roman", "UNKNOWN_CHOICE"),
        ("language", "fr", "UNKNOWN_CHOICE"),
    ],
)
def test_wrong(admin: Admin, field: str, value: str, reason: str) -> None:
    """Each wrong entry is named with its reason, and nothing is kept."""
    with pytest.raises(Refused) as caught:
        settle(admin.client(), **{field: value})
    assert [(field, reason)] == caught.value.violations
