import pytest

_CONTRACTS = ("facet", "filter", "generation", "lexical", "listing", "vector", "writing")

for name in (
    "shop",
    "snapshot_store_contract",
    *(f"{contract}_contract" for contract in _CONTRACTS),
):
    pytest.register_assert_rewrite(f"{__name__}.{name}")
