"""Sales, put together."""

from pathlib import Path

from chassis.events.subscriptions import Subscription
from chassis.service import IdentitySource, Service
from guanxi.sales.v1 import opportunities_pb2
from sales.config import Config
from sales.opportunities.resource import OPPORTUNITIES, OPPORTUNITY_HOOKS, OpportunityServicer
from sales.pipelines.resource import PIPELINES, STAGES
from sales.pipelines.seed import seed
from sales.products.resource import PRODUCTS

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def build(config: Config, identity: IdentitySource | None = None) -> Service:
    """The service, ready to serve and to work."""
    service = Service(
        "sales",
        config,
        resources=[PRODUCTS, PIPELINES, STAGES, OPPORTUNITIES],
        subscriptions=[Subscription("sales-seed", ("identity.Organization",), seed)],
        identity=identity,
        addresses={"customers": config.customers_address},
    )
    OPPORTUNITY_HOOKS.control_plane = service.control_plane
    service.mount(
        opportunities_pb2.DESCRIPTOR.services_by_name["OpportunityService"],
        OpportunityServicer(service.database, service.methods["opportunities"]),
    )
    return service.complete()
