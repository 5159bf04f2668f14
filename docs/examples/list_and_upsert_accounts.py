"""Lists all accounts over gRPC, then makes or updates one of the ERP's: this.py host:port gx_…"""

import sys

import grpc

from guanxi.customers.v1 import accounts_pb2, accounts_pb2_grpc
from guanxi.type.v1.requests_pb2 import ListRequest

options = {"metadata": [("authorization", f"Bearer {sys.argv[2]}")], "timeout": 30}
with grpc.insecure_channel(sys.argv[1]) as channel:
    service, page = accounts_pb2_grpc.AccountServiceStub(channel), ListRequest(page_size=200, order_by="name")
    while True:
        answer = service.ListAccounts(page, **options)
        print(*(f"{account.id}  {account.name}" for account in answer.accounts), sep="\n")
        if not (page := ListRequest(page_size=200, order_by="name", page_token=answer.next_page_token)).page_token:
            break
    nordwind = accounts_pb2.Account(name="Nordwind AG", industry="manufacturing", external_ids={"erp": "A-1001"})
    batch = accounts_pb2.BatchUpsertAccountsRequest(accounts=[nordwind], match_system="erp")
    print(service.BatchUpsertAccounts(batch, **options))
