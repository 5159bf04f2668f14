"""Finds the accounts and contacts that somebody may be already: candidates by index, compared one by one."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import sqlalchemy as sa

from chassis.call import Call
from chassis.database.connection import Database, mapping
from chassis.resources.filtering import Filtering
from chassis.resources.records import Records
from chassis.text import fold, normalize_email, normalize_phone, sort_key
from customers.duplicate_rules.resource import Rule, active_rules
from customers.duplicates.rules import company_core, mail_domain, name_likeness, same_person, site_domain

Row = Mapping[str, Any]
MOST_SHOWN = 10
# Of each way in which somebody is looked for.
MOST_LOOKED_AT = 50
_LAST = "\U0010ffff"


class Reason(Enum):
    """In what two records are alike, with how much that says; the names are the contract's."""

    EMAIL = 100
    NAME = 95
    PHONE = 90
    NAME_AND_COMPANY = 85
    DOMAIN = 80
    SIMILAR_NAME = 40


@dataclass(frozen=True)
class Sought:
    """Who is looked for: a person, a company, or both."""

    name: str = ""
    company: str = ""
    website: str = ""
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()

    @classmethod
    def of(cls, row: Row, *, company: str = "") -> "Sought":
        """Whom a row of a lead, contact or account tells of; texts as somebody typed them do as well."""
        return cls(
            name=row.get("name") or "",
            company=company or row.get("company") or "",
            website=row.get("website") or "",
            emails=frozenset(filter(None, (normalize_email(text) for text in emails_of(row)))),
            phones=frozenset(filter(None, (normalize_phone(text) for text in phones_of(row)))),
        )

    @property
    def domains(self) -> frozenset[str]:
        """Domains that tell of the company."""
        found = {site_domain(self.website), *map(mail_domain, self.emails)}
        return frozenset(domain for domain in found if domain)


def emails_of(row: Row) -> Iterator[str]:
    """Every e-mail address of a row."""
    yield from filter(None, [row.get("email"), *(each.get("address") for each in row.get("emails") or ())])


def phones_of(row: Row) -> Iterator[str]:
    """Every number of a row."""
    yield from filter(None, [row.get("phone"), *(each.get("number") for each in row.get("phones") or ())])


@dataclass(frozen=True)
class Match:
    """A record, and why it may be the one that is sought; strongest reason first."""

    row: Row
    reasons: tuple[Reason, ...]

    @property
    def weight(self) -> int:
        """How much speaks for it."""
        return sum(reason.value for reason in self.reasons)


class Finder:
    """Looks in the caller's scope, by fields that the caller sees."""

    def __init__(self, database: Database, accounts: Records, contacts: Records) -> None:
        self._database = database
        self._accounts = accounts
        self._contacts = contacts

    def find(self, call: Call, sought: Sought) -> tuple[list[Match], list[Match]]:
        """Accounts and contacts that may be the same, most alike first."""
        accounts = self._find_accounts(call, sought)
        return accounts, self._find_contacts(call, sought, accounts)

    def reached(self, call: Call, records: Records, sought: Sought) -> list[Match]:
        """Records of people who are reached by the same e-mail address or number."""
        hidden = call.access.hidden(records.resource.module)
        words = Filtering(records.resource).words
        ways = [words(call, text) for text in _reach(sought, hidden)]

        def reasons(row: Row) -> Iterator[Reason]:
            return _same_reach(row, sought, hidden)

        return self._matches(call, records, ways, reasons)

    def _find_accounts(self, call: Call, sought: Sought) -> list[Match]:
        hidden = call.access.hidden("accounts")
        words, table = Filtering(self._accounts.resource).words, self._accounts.resource.table
        core = company_core(sought.company)
        ways = [words(call, text) for text in _reach(sought, hidden)]
        if core and "name" not in hidden:
            spelled = sort_key(core).partition("\x1f")[0]
            ways.append(sa.and_(table.c.sort_name >= spelled, table.c.sort_name < spelled + _LAST))
            ways.append(words(call, core))
        if sought.domains and "website" not in hidden:
            ways.append(table.c.domain.in_(sought.domains))
        if "email" not in hidden:
            ways += [words(call, f"@{domain}") for domain in sought.domains]

        def reasons(row: Row) -> Iterator[Reason]:
            yield from _same_reach(row, sought, hidden)
            if sought.domains & _domains(row, hidden):
                yield Reason.DOMAIN
            yield from _like_named(_seen(row, hidden), sought.company)

        return self._matches(call, self._accounts, ways, reasons)

    def _find_contacts(self, call: Call, sought: Sought, accounts: Sequence[Match]) -> list[Match]:
        hidden = call.access.hidden("contacts")
        words, table = Filtering(self._contacts.resource).words, self._contacts.resource.table
        ways = [words(call, text) for text in _reach(sought, hidden)]
        known = {match.row["id"] for match in accounts if _is_company(match)}
        if sought.name and known and hidden.isdisjoint(("name", "account_id")):
            ways.append(sa.and_(table.c.sort_name == sort_key(sought.name), table.c.account_id.in_(known)))

        def reasons(row: Row) -> Iterator[Reason]:
            yield from _same_reach(row, sought, hidden)
            seen = hidden.isdisjoint(("name", "account_id"))
            if seen and row["account_id"] in known and same_person(row["name"] or "", sought.name):
                yield Reason.NAME_AND_COMPANY

        return self._matches(call, self._contacts, ways, reasons)

    def _matches(
        self,
        call: Call,
        records: Records,
        ways: Iterable[sa.ColumnElement[bool]],
        reasons: Callable[[Row], Iterator[Reason]],
    ) -> list[Match]:
        resource = records.resource
        scope = records.query.conditions(call, "view", deleted=False)
        rows: dict[Any, Row] = {}
        for way in ways:
            statement = sa.select(*resource.columns).where(*scope, way).limit(MOST_LOOKED_AT)
            if "sort_name" in resource.table.c:
                statement = statement.order_by(resource.table.c.sort_name, resource.table.c.id)
            rows |= {row.id: mapping(row) for row in self._database.read(call, statement)}
        found = [Match(row, tuple(sorted(reasons(row), key=lambda one: -one.value))) for row in rows.values()]
        rules = active_rules(self._database, call, resource.module)
        likely = [match for match in found if _holds(match.reasons, rules)]
        return sorted(likely, key=lambda match: (-match.weight, match.row["name"] or "", match.row["id"]))[:MOST_SHOWN]


def _holds(reasons: tuple[Reason, ...], rules: Sequence[Rule]) -> bool:
    """Whether a rule holds of somebody who is alike in these. What is the same name is a similar one, too."""
    held = {reason.name.lower() for reason in reasons}
    if "name" in held:
        held |= {"similar_name", "exact_name"}
    return any(rule.conditions <= held for rule in rules if rule.conditions)


def _reach(sought: Sought, hidden: frozenset[str]) -> Iterator[str]:
    if "email" not in hidden:
        yield from sorted(sought.emails)
    if "phone" not in hidden:
        yield from sorted(sought.phones)


def _seen(row: Row, hidden: frozenset[str]) -> Row:
    return {name: value for name, value in row.items() if name not in hidden}


def _same_reach(row: Row, sought: Sought, hidden: frozenset[str]) -> Iterator[Reason]:
    seen = _seen(row, hidden)
    if sought.emails & {fold(text) for text in emails_of(seen)}:
        yield Reason.EMAIL
    if sought.phones & set(phones_of(seen)):
        yield Reason.PHONE


def _domains(row: Row, hidden: frozenset[str]) -> set[str]:
    seen = _seen(row, hidden)
    found = {site_domain(seen.get("website")), *map(mail_domain, emails_of(seen))}
    return {domain for domain in found if domain}


def _like_named(row: Row, company: str) -> Iterator[Reason]:
    likeness = max(name_likeness(company, row.get(name) or "") for name in ("name", "other_name"))
    if likeness == 100:
        yield Reason.NAME
    elif likeness:
        yield Reason.SIMILAR_NAME


def _is_company(match: Match) -> bool:
    """Whether an account is near enough to be the company that is meant."""
    telling = {Reason.NAME, Reason.DOMAIN}
    return not telling.isdisjoint(match.reasons)
