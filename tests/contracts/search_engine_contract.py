"""The behaviour that every search engine shares; its tests are facts about any of them."""

from tests.contracts.facet_contract import FacetContract
from tests.contracts.filter_contract import FilterContract
from tests.contracts.generation_contract import GenerationContract
from tests.contracts.lexical_contract import LexicalContract
from tests.contracts.listing_contract import ListingContract
from tests.contracts.vector_contract import VectorContract
from tests.contracts.writing_contract import WritingContract


class SearchEngineContract(
    LexicalContract,
    VectorContract,
    FilterContract,
    FacetContract,
    ListingContract,
    WritingContract,
    GenerationContract,
):
    """All of it.

    A subclass supplies the class-scoped fixture `make_engine`: a function from an alias that
    nothing uses yet to an engine, which cleans up behind those aliases at the end. It may set
    `index_type`. It skips nothing.
    """
