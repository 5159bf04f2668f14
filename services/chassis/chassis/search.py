"""`SearchService`: the newest records of each module that hold all the words."""

from chassis.call import Call
from chassis.errors import InvalidArgumentError
from chassis.modules import Modules
from guanxi.search.v1 import search_pb2

MOST_HITS = 20
DEFAULT_HITS = 5


class SearchServicer:
    """Searches all of a service's modules that the caller may view."""

    def __init__(self, records: Modules) -> None:
        self._records = records

    def search(self, call: Call, request: search_pb2.SearchRequest) -> search_pb2.SearchResponse:
        """Hits of every module, each module's newest first."""
        words = request.query.strip()
        if not words:
            raise InvalidArgumentError.of("query", "REQUIRED")
        if len(words) > 200:
            raise InvalidArgumentError.of("query", "TOO_LONG", maximum=200)
        if request.limit < 0:
            raise InvalidArgumentError.of("limit", "OUT_OF_RANGE", minimum=0, maximum=MOST_HITS)
        limit = min(request.limit or DEFAULT_HITS, MOST_HITS)
        answer = search_pb2.SearchResponse()
        for module, records in self._records.of(call).items():
            wanted = not request.modules or module in request.modules
            if wanted and call.access.scope(module, "view") is not None and records.resource.searched:
                answer.hits.extend(records.hits(call, words, limit))
        return answer
