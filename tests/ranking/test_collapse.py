from hybrid_search.ranking.collapse import collapse_variants


def test_the_first_of_each_group_stays_in_order() -> None:
    assert collapse_variants(["x", "y", "x", "z", "y"]) == [0, 1, 3]
