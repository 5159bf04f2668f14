"""Saved views: everybody's own, shared by who may, and nobody else's."""

from typing import Any

import pytest

from tests.services.harness import refused
from tests.support.house import Admin, House

VIEW = {"name": "Hot", "module": "accounts", "filter": "rating = hot", "columns": ["name", "custom.size"]}


def saved(client: Any, **values: Any) -> Any:
    """A view of accounts."""
    return client.call("CreateSavedView", saved_view={**VIEW, **values})


def names(client: Any) -> list[str]:
    """Of the views that somebody sees."""
    return [view.name for view in client.call("ListSavedViews", filter="module = accounts").saved_views]


class TestSavedViews:
    def test_anonymous(self, house: House) -> None:
        """Nobody has views without a log-in."""
        assert "UNAUTHENTICATED" == refused(house.client().call, "ListSavedViews").code

    def test_of_another_organization(self, house: House, admin: Admin) -> None:
        """A view that is shared is shared within its organization."""
        made = saved(admin.client(), visibility="everyone")
        other = house.sign_up().client()
        assert "NOT_FOUND" == refused(other.call, "GetSavedView", id=made.id).code
        assert [] == names(other)

    def test_private_ones_do_not_exist_for_others(self, admin: Admin) -> None:
        """Somebody without any right keeps views; not even the administrator sees, changes or deletes them."""
        somebody, _ = admin.member([])
        made = saved(somebody)
        assert ("private", ["Hot"], []) == (made.visibility, names(somebody), names(admin.client()))
        others = admin.client()
        change = {"saved_view": {"id": made.id, "etag": made.etag, "name": "X"}}
        for method, fields in (
            ("GetSavedView", {"id": made.id}),
            ("DeleteSavedView", {"id": made.id}),
            ("UpdateSavedView", change),
        ):
            assert "NOT_FOUND" == refused(others.call, method, **fields).code
        assert "NOT_FOUND" == refused(others.call, "BatchGetSavedViews", ids=[made.id]).code

    def test_shared_by_who_may(self, admin: Admin) -> None:
        """Sharing needs the right; who has it not sees shared ones and leaves them as they are."""
        somebody, _ = admin.member([])
        assert "SHARING_DENIED" == refused(saved, somebody, visibility="everyone").reason
        own = saved(somebody, name="Mine")
        sharing = {"id": own.id, "etag": own.etag, "visibility": "everyone"}
        assert "SHARING_DENIED" == refused(somebody.call, "UpdateSavedView", saved_view=sharing).reason
        shared = saved(admin.client(), name="Ours", visibility="everyone")
        assert ["Mine", "Ours"] == names(somebody)
        change = {"id": shared.id, "etag": shared.etag, "name": "Theirs"}
        assert "SHARING_DENIED" == refused(somebody.call, "UpdateSavedView", saved_view=change).reason
        assert "SHARING_DENIED" == refused(somebody.call, "DeleteSavedView", id=shared.id).reason
        manager, _ = admin.member([("saved_views", "administer", "all")])
        assert "Theirs" == manager.call("UpdateSavedView", saved_view=change).name

    def test_taken_back(self, admin: Admin) -> None:
        """What was shared and is made private again is gone for the others."""
        somebody, _ = admin.member([])
        shared = saved(admin.client(), visibility="everyone")
        private = {"id": shared.id, "etag": shared.etag, "visibility": "private"}
        admin.client().call("UpdateSavedView", saved_view=private)
        assert [] == names(somebody)

    def test_of_a_narrowed_program(self, house: House, admin: Admin) -> None:
        """A program sees its maker's views of the modules that it views, whatever was asked before, and changes none."""
        maker = admin.client()
        other, open_ = saved(maker, name="Other"), saved(maker, name="Open", module="holidays", filter="", columns=[])
        narrow, wide = (
            house.client(maker.call("CreateApiToken", name="script", days=30, scopes=scopes).token)
            for scopes in (["holidays.view"], [])
        )
        for caller, seen in ((maker, ["Open", "Other"]), (narrow, ["Open"]), (wide, ["Open", "Other"])):
            assert seen == [view.name for view in caller.call("ListSavedViews").saved_views]
            assert "Open" == caller.call("GetSavedView", id=open_.id).name
            if len(seen) > 1:
                assert "Other" == caller.call("GetSavedView", id=other.id).name
        assert "NOT_FOUND" == refused(narrow.call, "GetSavedView", id=other.id).code
        assert "NOT_FOUND" == refused(narrow.call, "DeleteSavedView", id=other.id).code
        change = {"saved_view": {"id": open_.id, "etag": open_.etag, "name": "X"}}
        for method, fields in (
            ("DeleteSavedView", {"id": open_.id}),
            ("UpdateSavedView", change),
            ("CreateSavedView", {"saved_view": VIEW}),
            ("UpdateListSettings", {"list_settings": {"module": "holidays", "columns": ["name"]}}),
        ):
            assert "PERMISSION_DENIED" == refused(narrow.call, method, **fields).code, method
        maker.call("DeleteSavedView", id=open_.id)
        assert "PERMISSION_DENIED" == refused(narrow.call, "UndeleteSavedView", id=open_.id).code
        wide.call("UndeleteSavedView", id=open_.id)
        for module in ("accounts", "holidays"):
            wide.call("UpdateListSettings", list_settings={"module": module, "columns": ["name"]})
        assert ["holidays"] == [item.module for item in narrow.call("ListListSettings").list_settings]

    @pytest.mark.parametrize(
        ("values", "field", "reason"),
        [
            ({"module": "nothing"}, "module", "UNKNOWN_MODULE"),
            ({"filter": "rating = (hot"}, "filter", "FILTER_SYNTAX"),
            ({"layout": "board"}, "group_by", "REQUIRED"),
            ({"columns": [f"f{number}" for number in range(61)]}, "columns", "TOO_MANY"),
        ],
    )
    def test_wrong(self, admin: Admin, values: dict[str, Any], field: str, reason: str) -> None:
        """What is no view is named."""
        assert [field] == [name for name, _ in refused(saved, admin.client(), **values).violations], reason


class TestListSettings:
    def test_each_has_their_own(self, house: House, admin: Admin) -> None:
        """What one settles is theirs, by module; what is not named stays."""
        assert "UNAUTHENTICATED" == refused(house.client().call, "ListListSettings").code
        client, (other, _) = admin.client(), admin.member([])
        client.call("UpdateListSettings", list_settings={"module": "accounts", "columns": ["name", "phone"]})
        found = client.call("UpdateListSettings", list_settings={"module": "accounts", "default_view": "mine"})
        assert ("mine", ["name", "phone"]) == (found.default_view, list(found.columns))
        client.call("UpdateListSettings", list_settings={"module": "contacts", "default_view": "all"})
        cleared: dict[str, Any] = {"list_settings": {"module": "accounts"}, "update_mask": {"paths": ["columns"]}}
        assert [] == list(client.call("UpdateListSettings", **cleared).columns)
        kept = [(item.module, item.default_view) for item in client.call("ListListSettings").list_settings]
        assert [("accounts", "mine"), ("contacts", "all")] == kept
        assert [] == list(other.call("ListListSettings").list_settings)

    def test_wrong(self, admin: Admin) -> None:
        """Only modules and settings that there are."""
        client = admin.client()
        found = refused(client.call, "UpdateListSettings", list_settings={"module": "nothing"})
        assert [("module", "UNKNOWN_MODULE")] == found.violations
