"""What an organization says of itself: settings, the logo, and what is shown without a log-in."""

import struct
import uuid
import zlib
from typing import Any

import pytest

from identity.organizations.pictures import MOST_BYTES, media_type
from tests.services.harness import refused
from tests.support.house import Admin, House


def png(width: int = 8, height: int = 8, *, padding: int = 0) -> bytes:
    """A black picture; `padding` bytes of comment make it larger."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * (width + 1) * height)
    parts = [chunk(b"IHDR", header), chunk(b"tEXt", b"Comment\0" + b"x" * padding), chunk(b"IDAT", pixels)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def jpeg(width: int, height: int) -> bytes:
    """As much of one as says how large it is."""
    application = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0" + b"\0" * 9
    frame = b"\xff\xc2" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + application + frame + b"\xff\xda\0\x02" + b"\0" * 40 + b"\xff\xd9"


class TestPictures:
    def test_kinds(self) -> None:
        """PNG and JPEG are known by their bytes."""
        assert ("image/png", "image/jpeg") == (media_type(png()), media_type(jpeg(300, 200)))

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", "REQUIRED"),
            (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "LOGO_KIND"),
            (b"GIF89a" + b"\0" * 50, "LOGO_KIND"),
            (b"<html>" + png(), "LOGO_KIND"),
            (png()[:60], "LOGO_BROKEN"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", "LOGO_BROKEN"),
            (png(2_001, 1), "LOGO_PIXELS"),
            (jpeg(5, 0), "LOGO_PIXELS"),
            (png(padding=MOST_BYTES), "LOGO_TOO_LARGE"),
        ],
    )
    def test_refused(self, data: bytes, reason: str) -> None:
        """What is no picture, or too large a one, is refused with the reason."""
        from chassis.errors import InvalidArgumentError

        with pytest.raises(InvalidArgumentError) as caught:
            media_type(data)
        assert [("data", reason)] == [(item.field, item.reason) for item in caught.value.violations]


class TestLogo:
    def test_shown_to_everybody(self, house: House, admin: Admin) -> None:
        """Who knows the organization gets its name and logo without a log-in, and its members by their session."""
        stranger = house.client()
        assert "" == stranger.call("GetOrganizationProfile", id=admin.org_id).logo_digest
        made = admin.client().call("SetOrganizationLogo", id=admin.org_id, data=png())
        profile = stranger.call("GetOrganizationProfile", id=admin.org_id)
        assert (made.name, made.logo_digest, "en") == (profile.name, profile.logo_digest, profile.language)
        answer = stranger.call("GetOrganizationLogo", id=admin.org_id, digest=profile.logo_digest)
        assert ("image/png", png()) == (answer.content_type, answer.data)
        assert made.logo_digest == admin.client().call("GetCurrentSession").logo_digest

    def test_replaced(self, house: House, admin: Admin) -> None:
        """Another picture has another address, the one before is gone, and none is none."""
        client = admin.client()
        first = client.call("SetOrganizationLogo", id=admin.org_id, data=png()).logo_digest
        second = client.call("SetOrganizationLogo", id=admin.org_id, data=png(9, 9)).logo_digest
        assert first != second
        assert "NOT_FOUND" == refused(client.call, "GetOrganizationLogo", id=admin.org_id, digest=first).code
        assert "" == client.call("RemoveOrganizationLogo", id=admin.org_id).logo_digest
        assert "NOT_FOUND" == refused(client.call, "GetOrganizationLogo", id=admin.org_id, digest=second).code

    def test_whose(self, house: House, admin: Admin) -> None:
        """Strangers, other organizations and members without the right change nothing."""
        other = house.sign_up()
        request = {"id": admin.org_id, "data": png()}
        assert "UNAUTHENTICATED" == refused(house.client().call, "SetOrganizationLogo", **request).code
        assert "NOT_FOUND" == refused(other.client().call, "SetOrganizationLogo", **request).code
        member, _ = admin.member([("organizations", "view", "all")])
        assert "PERMISSION_DENIED" == refused(member.call, "SetOrganizationLogo", **request).code

    def test_refused(self, admin: Admin) -> None:
        """The refusal names the field and the reason."""
        found = refused(admin.client().call, "SetOrganizationLogo", id=admin.org_id, data=b"<svg/>")
        assert [("data", "LOGO_KIND")] == found.violations

    def test_unknown_organization(self, house: House) -> None:
        """An id that is nobody's is not found."""
        assert "NOT_FOUND" == refused(house.client().call, "GetOrganizationProfile", id=str(uuid.uuid4())).code


class TestSettings:
    def test_a_year_begins_in_january(self, admin: Admin) -> None:
        """A new organization's fiscal year is the calendar's, and its formats are those of its readers' languages."""
        made = admin.client().call("GetOrganization", id=admin.org_id)
        assert (1, "", "") == (made.fiscal_year_start_month, made.date_format, made.number_format)

    def test_every_session_tells(self, admin: Admin) -> None:
        """What is set is what the client formats by."""
        client = admin.client()
        before = client.call("GetOrganization", id=admin.org_id)
        chosen = {
            "date_format": "dmy_dots",
            "number_format": "dot",
            "fiscal_year_start_month": 4,
            "legal_name": "鹭 GmbH",
        }
        client.call(
            "UpdateOrganization",
            organization={"id": admin.org_id, "etag": before.etag, **chosen},
            update_mask={"paths": list(chosen)},
        )
        session = client.call("GetCurrentSession")
        assert ("dmy_dots", "dot", 4) == (session.date_format, session.number_format, session.fiscal_year_start_month)

    @pytest.mark.parametrize(
        ("field", "value", "reason"),
        [
            ("date_format", "yesterday", "UNKNOWN_CHOICE"),
            ("number_format", "roman", "UNKNOWN_CHOICE"),
            ("fiscal_year_start_month", 13, "OUT_OF_RANGE"),
            ("fiscal_year_start_month", 0, "OUT_OF_RANGE"),
            ("phone", "none", "INVALID_PHONE"),
            ("currency", "ABC", "INVALID_CURRENCY"),
            ("legal_name", "x" * 201, "TOO_LONG"),
        ],
    )
    def test_wrong(self, admin: Admin, field: str, value: Any, reason: str) -> None:
        """Each wrong setting is named with its reason."""
        client = admin.client()
        before = client.call("GetOrganization", id=admin.org_id)
        found = refused(
            client.call,
            "UpdateOrganization",
            organization={"id": admin.org_id, "etag": before.etag, field: value},
            update_mask={"paths": [field]},
        )
        assert [(field, reason)] == found.violations

    def test_help_stands_at_the_field(self, admin: Admin) -> None:
        """The metadata explains a setting in both languages."""
        modules = admin.client().call("GetMetadata").modules
        fields = {field.name: field for module in modules if module.name == "organizations" for field in module.fields}
        assert fields["legal_name"].help.zh
        assert fields["legal_name"].help.en
