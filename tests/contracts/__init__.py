import pytest

for part in ("facet", "filter", "generation", "lexical", "listing", "vector", "writing"):
    pytest.register_assert_rewrite(f"{__name__}.{part}_contract")
