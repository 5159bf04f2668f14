"""Sales, put together."""

from pathlib import Path

from chassis.authz.identity import Identity
from chassis.resources.records import Records
from chassis.service import Service
from sales.categories.resource import category_resource
from sales.config import Config
from sales.exchange_rates.resource import EXCHANGE_RATES
from sales.opportunities.consumer import Conversions
from sales.opportunities.resource import OPPORTUNITIES
from sales.opportunities.servicer import OpportunityServicer
from sales.orders.resource import TIMER as DUES_TIMER
from sales.orders.resource import Dues, order_resource
from sales.orders.servicer import OrderServicer
from sales.payments.resource import payment_resource
from sales.pipelines.resource import PIPELINES, STAGES
from sales.pipelines.seed import Seed
from sales.products.resource import product_resource
from sales.shipments.resource import shipment_resource
from sales.stock.resource import movement_resource

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def build(config: Config, identity: Identity | None = None) -> Service:
    """The service, ready to serve and to work."""
    # What writes records of another module reaches it here; filled in as soon as the service has them.
    records: dict[str, Records] = {}
    goods = [category_resource(records), product_resource(records), movement_resource(records)]
    sold = [order_resource(records), shipment_resource(records), payment_resource(records)]
    service = Service(
        "sales",
        config,
        resources=[*goods, PIPELINES, STAGES, OPPORTUNITIES, EXCHANGE_RATES, *sold],
        identity=identity,
        addresses={"customers": config.customers_address},
    )
    records.update(service.records)
    service.mount("OpportunityService", OpportunityServicer(service.database, service.records["opportunities"]))
    service.mount("OrderService", OrderServicer(service.database, records))
    service.timers[DUES_TIMER] = Dues(records).fire
    service.subscribe("sales-seed", ["identity.Organization"], Seed(service.records).plant)
    service.subscribe(
        "sales-conversions", ["customers.LeadConversion"], Conversions(service.records["opportunities"]).follow
    )
    return service.complete()
