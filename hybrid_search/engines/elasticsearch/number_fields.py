"""Numeric attributes of products, made known to an index before documents have them."""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

from elasticsearch import BadRequestError, Elasticsearch

from hybrid_search.catalog.product import Product
from hybrid_search.engines.elasticsearch.documents import attribute_numbers

REMEMBERED_INDEXES = 8


class NumberFields:
    """The numeric attributes that indexes are known to have; threads may share it.

    A document with a new one makes the server change the state of the whole cluster and wait for
    it, which takes as long as indexing hundreds of documents. One request for all that is new in a
    bulk does so once.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[str, set[str]] = OrderedDict()
        self._lock = Lock()

    def declare(self, client: Elasticsearch, index: str, products: Iterable[Product]) -> None:
        """Make the numeric attributes of products known to an index.

        Where the index cannot take them all, the documents find out, and each is refused or taken
        by itself.
        """
        names = {name for product in products for name in attribute_numbers(product.attributes)}
        missing = names - self._of(index)
        if not missing:
            return
        fields = {name: {"type": "double"} for name in sorted(missing)}
        try:
            client.indices.put_mapping(
                index=index, properties={"attribute_numbers": {"properties": fields}}
            )
        except BadRequestError:
            return
        with self._lock:
            self._known.setdefault(index, set()).update(missing)

    def _of(self, index: str) -> frozenset[str]:
        with self._lock:
            known = self._known.setdefault(index, set())
            self._known.move_to_end(index)
            while len(self._known) > REMEMBERED_INDEXES:
                self._known.popitem(last=False)
            return frozenset(known)
