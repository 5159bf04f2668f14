"""The same over REST, with nothing but Python: this.py https://crm.example.com gx_…"""

import json
import sys
from urllib.request import Request, urlopen


def call(method: str, path: str, body: object = None) -> dict:
    headers = {"Authorization": f"Bearer {sys.argv[2]}", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body is not None else None
    return json.load(urlopen(Request(f"{sys.argv[1]}/api/v1/{path}", data, headers, method=method), timeout=30))


page = call("GET", "accounts?page_size=200&order_by=name")
while page["accounts"]:
    print(*(f"{account['id']}  {account['name']}" for account in page["accounts"]), sep="\n")
    more = page["next_page_token"]
    page = call("GET", f"accounts?page_size=200&order_by=name&page_token={more}") if more else {"accounts": []}
nordwind = {"name": "Nordwind AG", "industry": "manufacturing", "external_ids": {"erp": "A-1001"}}
print(call("POST", "accounts:batchUpsert", {"accounts": [nordwind], "match_system": "erp"}))
