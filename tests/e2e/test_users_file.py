"""A file of colleagues comes in as any other file does: roles and teams by name, and what is wrong is named by row."""

from pathlib import Path

import pytest

from tests.e2e.api import Api
from tests.support.stack import Stack

ROWS = """姓名,邮箱,手机,职务,用户名,角色,部门
王芳,wang.fang@example.com,+86 138 0013 8000,销售经理,wangfang,销售经理,华东
李雷,li.lei@example.com,+86 139 0013 9000,销售代表,lilei,"销售代表, 市场专员",华东
韩梅,han.mei@example.com,,客服,hanmei,客服专员,客服部
"""


@pytest.fixture(scope="module")
def admin(stack: Stack) -> Api:
    """The administrator of an organization that writes Chinese."""
    return Api.sign_up(stack, "鹭江", language="zh")


def test_a_file_of_users(admin: Api, tmp_path: Path) -> None:
    """The headers are known, roles and existing teams are found by name, a missing team is made; nobody can log in yet."""
    east = admin.post("teams", name="华东")
    job = admin.upload("users", _file(tmp_path, ROWS))
    suggested = {mapping["field"] for mapping in job["mappings"] if mapping.get("field")}
    assert {"name", "email", "phone", "job_title", "user_name", "role_ids", "team_id"} == suggested
    mappings = [
        {**mapping, "create_missing": True} if mapping.get("field") == "team_id" else mapping
        for mapping in job["mappings"]
    ]
    admin.call("PATCH", f"imports/{job['id']}", json={"mappings": mappings})
    admin.step(job, "validate")
    done = admin.step(job, "run")
    assert ("done", 3) == (done["state"], int(done["counts"]["created"])), done
    users = {user["name"]: user for user in admin.get("users")["users"]}
    roles = {role["id"]: role["name"] for role in admin.get("roles")["roles"]}
    held = {name: {roles[role_id] for role_id in user.get("role_ids", [])} for name, user in users.items()}
    assert {"销售代表", "市场专员"} == held["李雷"]
    assert ({"销售经理"}, {"客服专员"}) == (held["王芳"], held["韩梅"])
    wang = users["王芳"]
    assert ("销售经理", "wangfang", east["id"]) == (wang["job_title"], wang["user_name"], wang["team_id"])
    assert "客服部" == admin.get(f"teams/{users['韩梅']['team_id']}")["name"]
    assert not any(users[name].get("active") for name in ("王芳", "李雷", "韩梅"))


def test_a_second_time(admin: Api, tmp_path: Path) -> None:
    """By user name, a user is changed and not made again; a role that there is not is named with its row, and none is made."""
    job = admin.upload("users", _file(tmp_path, "用户名,姓名,角色\nlilei,李雷雷,销售代表\nnew,新人,没有的角色\n"))
    admin.call("PATCH", f"imports/{job['id']}", json={"mode": "upsert", "keys": ["user_name"]})
    checked = admin.step(job, "validate")
    assert 1 == int(checked["counts"]["invalid"]), checked
    (issue,) = admin.get(f"imports/{job['id']}/issues")["issues"]
    assert ("role_ids", "没有的角色") == (issue["field"], issue["value"])
    done = admin.step(job, "run")
    assert 1 == int(done["counts"]["updated"]), done
    users = admin.get("users", filter='user_name = "lilei"')["users"]
    assert ["李雷雷"] == [user["name"] for user in users]


def _file(folder: Path, text: str) -> Path:
    path = folder / "users.csv"
    path.write_text(text, encoding="utf-8")
    return path
