"""The filter language: AIP-160, parsed once, compiled to SQL or evaluated in memory.

    name = "acme" AND (stage = (won OR lost)) AND amount >= 1000 AND close_date > today() - 30d
    owner_id = me()    external_ids.erp = "7"    custom.size > 5    tags:vip    phone:*    -search("张伟")

What each comparison means, for both back ends, is written in `chassis.filter.bind`.
"""

from chassis.filter.errors import FilterError
from chassis.filter.fields import Context, FieldSpec, Kind
from chassis.filter.grammar import parse
from chassis.filter.memory import evaluate, matcher
from chassis.filter.sql import compile_sql, search_condition
from chassis.filter.tree import EVERYTHING, Node

__all__ = [
    "EVERYTHING",
    "Context",
    "FieldSpec",
    "FilterError",
    "Kind",
    "Node",
    "compile_sql",
    "evaluate",
    "matcher",
    "parse",
    "search_condition",
]
