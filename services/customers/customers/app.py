"""Customers, put together."""

from pathlib import Path

from chassis.authz.identity import Identity
from chassis.jobs import JobKind
from chassis.resources.records import Records
from chassis.service import Service
from customers.accounts.resource import ACCOUNTS
from customers.config import Config
from customers.contacts.resource import CONTACTS
from customers.customers.servicer import CustomerServicer
from customers.duplicate_rules.resource import DUPLICATE_RULES, Seed
from customers.duplicates.finder import Finder
from customers.duplicates.handlers import Duplicates
from customers.duplicates.merging import KIND as GROUP_MERGE
from customers.duplicates.merging import run_group_merge, settle_groups
from customers.duplicates.scan import KIND as SCAN
from customers.duplicates.scan import run_scan
from customers.duplicates.servicer import DuplicateServicer
from customers.forms.resource import FORMS
from customers.forms.servicer import PublicFormServicer
from customers.groups.resource import GROUPS
from customers.interactions.resource import interaction_resource
from customers.leads.resource import LEADS
from customers.leads.servicer import LeadServicer
from customers.purchases.handlers import Purchases
from customers.purchases.resource import SPENDING_CLASSES, Sorting
from customers.purchases.resource import TIMER as CLASSES_TIMER
from customers.records.resource import RECORDS
from customers.reminder_rules.resource import TIMER as RULES_TIMER
from customers.reminder_rules.resource import Mornings, reminder_rule_resource
from customers.reminders.resource import REMINDERS, Reminding
from customers.reminders.resource import TIMER as REMINDER_TIMER
from customers.roles.resource import ROLES
from customers.tasks import reminding
from customers.tasks.resource import task_resource
from customers.tasks.servicer import TaskServicer
from customers.timeline.handlers import follow
from customers.timeline.merging import move_places
from customers.timeline.rules import told_of
from customers.timeline.servicer import TimelineServicer

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def build(config: Config, identity: Identity | None = None) -> Service:
    """The service, ready to serve and to work."""
    # What writes records of another module reaches it here; filled in as soon as the service has them.
    records: dict[str, Records] = {}
    activity = [task_resource(records), interaction_resource(records), REMINDERS, reminder_rule_resource(records)]
    service = Service(
        "customers",
        config,
        resources=[
            ACCOUNTS,
            CONTACTS,
            ROLES,
            LEADS,
            FORMS,
            GROUPS,
            DUPLICATE_RULES,
            SPENDING_CLASSES,
            RECORDS,
            *activity,
        ],
        identity=identity,
        addresses={"sales": config.sales_address},
    )
    records.update(service.records)
    accounts, contacts = records["accounts"], records["contacts"]
    finder = Finder(service.database, accounts, contacts)
    duplicates = Duplicates(finder, accounts, contacts)
    service.mount("LeadService", LeadServicer(service.records, duplicates))
    service.mount("CustomerService", CustomerServicer(service.records, duplicates))
    begin, secret = service.control_plane.system_call, config.service_token
    service.mount("PublicFormService", PublicFormServicer(service.database, records, finder, begin, secret))
    service.mount("TaskService", TaskServicer(records["tasks"]))
    service.mount("TimelineService", TimelineServicer(service.database, records))
    service.subscribe("customers-purchases", ["sales.Order"], Purchases(records).follow)
    service.subscribe("customers-timeline", (*told_of(), RECORDS.type), follow)
    service.mount("DuplicateService", DuplicateServicer(service))
    service.subscribe("customers-seed", ["identity.Organization"], Seed(records).plant)
    service.jobs[SCAN] = JobKind(run_scan(service), "merge")
    service.jobs[GROUP_MERGE] = JobKind(run_group_merge(service), "merge")
    service.movers += [move_places, settle_groups]
    service.timers |= {
        reminding.TIMER: reminding.fire,
        REMINDER_TIMER: Reminding(records["reminders"]).fire,
        RULES_TIMER: Mornings(records).fire,
        CLASSES_TIMER: Sorting(records).fire,
    }
    return service.complete()
