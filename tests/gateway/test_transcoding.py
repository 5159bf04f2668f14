"""REST requests become the right messages, answers the right JSON."""

import httpx


def test_a_created_record_comes_back_as_the_contract_says(program: httpx.Client) -> None:
    """What is posted is stored and read again, in the documented JSON forms."""
    body = {
        "name": "华为",
        "annual_revenue": {"currency_code": "CNY", "amount": "1054.5"},
        "employees": 5,
        "external_ids": {"erp": "A1"},
        "custom": {"size": "L", "score": 12.5, "vip": True, "tags": ["a", "b"]},
    }
    created = program.post("/api/v1/accounts", json=body)
    assert created.status_code == 200, created.text
    record = created.json()
    assert record["annual_revenue"] == {"currency_code": "CNY", "amount": "1054.50"}
    assert record["custom"] == {"size": "L", "score": "12.5", "vip": True, "tags": ["a", "b"]}
    assert record["industry"] == ""  # a default, always there
    assert "year_established" not in record  # optional, and not set
    assert created.headers["etag"] == '"1"'
    assert program.get(f"/api/v1/accounts/{record['id']}").json() == record
    listed = program.get("/api/v1/accounts").json()
    assert record in listed["accounts"]
    assert listed["next_page_token"] == ""


def test_smoke(gateway, program):
    r = program.get("/api/v1/search", params={"query": "x"})
    assert r.json()["missing"] == []
    r = program.get("/api/v1/imports")
    assert r.status_code == 200, r.text
    b = gateway.browser()
    assert b.get("/api/v1/sessions/current").json()["user"]["name"] == "王芳"
    r = program.post("/api/v1/files", params={"module": "accounts", "name": "张.csv"}, content=b"x" * 5_000_000)
    assert r.status_code == 200, r.text
    r = program.get(f"/api/v1/files/{r.json()['id']}:download")
    assert len(r.content) == 5_000_000
    assert "filename*=UTF-8''%E5%BC%A0.csv" in r.headers["content-disposition"]
    r = program.post(
        "/api/v1/imports", files={"file": ("a.csv", b"a,b\n1,2\n", "text/csv")}, data={"module": "accounts"}
    )
    assert r.status_code == 200, r.text
    print(r.json())
    print(program.get("/readyz").text, program.get("/api/docs").status_code, program.get("/").status_code)
    r = program.patch("/api/v1/accounts/x", json={"name": "a", "custom": {"k": None}}, headers={"If-Match": '"9"'})
    print(r.status_code, r.text)
    r = program.post("/api/v1/accounts", json={"nam": "a", "employees": "x"})
    print(r.status_code, r.text)
    r = program.post("/api/v1/accounts", json={})
    print(r.status_code, r.text, r.headers)
