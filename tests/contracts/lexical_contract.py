"""Words: what is found, in which order, with which scores."""

from dataclasses import replace

import pytest

from hybrid_search.catalog.product import Product
from hybrid_search.engines.port import ProductWrite, ResultSet
from hybrid_search.query.fields import TEXT_FIELDS
from hybrid_search.ranking.candidate import Candidate, LexicalScore
from tests.contracts.analysed_terms import ANALYSED_TERMS, INDEXED_TEXTS
from tests.contracts.engine_fixtures import EngineFixtures
from tests.contracts.sample_catalog import PRODUCTS, clause, sample_generation
from tests.contracts.shop import Shop, lexical_ids, words

MAGENTA = {
    "title": Product("a", "magenta"),
    "brand": Product("a", "x", brand="Magenta"),
    "category": Product("a", "x", category=("Pink", "Magenta")),
    "color": Product("a", "x", color=("pink", "magenta")),
    "material": Product("a", "x", material=("magenta",)),
    "pattern": Product("a", "x", pattern=("magenta",)),
    "gender": Product("a", "x", gender=("magenta",)),
    "season": Product("a", "x", season=("magenta",)),
    "occasion": Product("a", "x", occasion=("magenta",)),
    "description": Product("a", "x", description="It is magenta."),
    "attributes": Product("a", "x", attributes={"ink": (3.0, "magenta")}),
}


def lexical(candidate: Candidate) -> LexicalScore:
    assert candidate.lexical is not None
    return candidate.lexical


class LexicalContract(EngineFixtures):
    @pytest.fixture(scope="class")
    @classmethod
    def texts(cls, shop: Shop) -> Shop:
        """Every text of the table as the title of a product; its id is its place."""
        generation = sample_generation(f"{shop.name}-texts", cls.index_type)
        shop.engine.create_generation(generation)
        texts = Shop(shop.engine, generation)
        texts.write(
            *(ProductWrite(Product(str(n), text), 1) for n, text in enumerate(INDEXED_TEXTS))
        )
        return texts

    @pytest.mark.parametrize(("indexed", "query", "rules", "is_match"), ANALYSED_TERMS)
    def test_analysed_terms(
        self, texts: Shop, indexed: str, query: str, rules: tuple[str, ...], *, is_match: bool
    ) -> None:
        found = texts.retrieve(ResultSet(lexical=words(query, *rules, minimum=1))).candidates
        candidate = found.get(str(INDEXED_TEXTS.index(indexed)))
        assert (candidate is not None and lexical(candidate).has_all_terms) == is_match

    @pytest.mark.parametrize(
        "text",
        [
            *["AND", "OR NOT", "NEAR(red dress, 2)", "red AND NOT dress", "title:red", "brand:*"],
            *[
                '"red',
                'red"dress"',
                "red*",
                "*red",
                "red~2",
                "/re.*/",
                "(red",
                "red)",
                "^red",
                "red^5",
            ],
            *["{title}: red", "red + dress", "-red", "red; DROP TABLE", "a:b:c", "red\\", "r?d"],
            *["<script>", "$where", "{{red}}", "%red%", "'red'", "`red`", "re\N{NULL}d", "_id:p01"],
        ],
    )
    def test_nothing_that_a_shopper_types_is_syntax(self, shop: Shop, text: str) -> None:
        plain = "".join(sign if sign.isalnum() else " " for sign in text).lower()
        assert lexical_ids(shop, words(text)) == lexical_ids(shop, words(plain))

    def test_a_product_that_satisfies_too_few_groups_is_no_result(self, shop: Shop) -> None:
        every = {product.id for product in PRODUCTS}
        sets = [set(lexical_ids(shop, words(word))) for word in ("silk", "dress", "green")]
        assert all(0 < len(found) < len(every) for found in sets)
        for minimum in (1, 2, 3):
            expected = {one for one in every if sum(one in found for found in sets) >= minimum}
            query = words("silk dress green", minimum=minimum)
            assert set(lexical_ids(shop, query)) == expected
            assert shop.total(ResultSet(lexical=query)) == len(expected)

    def test_all_terms_may_stand_in_different_fields(self, fresh: Shop) -> None:
        fresh.write(
            ProductWrite(Product("both", "Dress", brand="Acme"), 1),
            ProductWrite(Product("one", "Dress dress"), 1),
        )
        found = fresh.retrieve(ResultSet(lexical=words("acme dress"))).candidates
        has_all = {key: lexical(one).has_all_terms for key, one in found.items()}
        assert has_all == {"both": True, "one": False}

    @pytest.mark.parametrize("field", TEXT_FIELDS)
    def test_a_field_without_a_weight_is_not_searched(self, fresh: Shop, field: str) -> None:
        fresh.write(ProductWrite(MAGENTA[field], 1))
        others = {name: 1.0 for name in TEXT_FIELDS if name != field}
        assert lexical_ids(fresh, words("magenta", weights={field: 2.0})) == ("a",)
        assert lexical_ids(fresh, words("magenta", weights=others)) == ()

    def test_a_heavier_field_scores_higher(self, fresh: Shop) -> None:
        fresh.write(
            ProductWrite(Product("in-title", "magenta", brand="Acme"), 1),
            ProductWrite(Product("in-brand", "acme", brand="Magenta"), 1),
        )
        for first, second in (("title", "brand"), ("brand", "title")):
            query = words("magenta", weights={first: 5.0, second: 1.0})
            assert lexical_ids(fresh, query) == (f"in-{first}", f"in-{second}")

    @pytest.mark.parametrize("tie_breaker", [0.0, 0.1, 1.0])
    def test_the_best_field_counts_whole_and_the_others_in_part(
        self, fresh: Shop, tie_breaker: float
    ) -> None:
        others = (Product(f"x{n}", f"filler{n}", brand=f"other{n}") for n in range(9))
        both = Product("both", "Magenta dress", brand="Magenta")
        fresh.write(*(ProductWrite(product, 1) for product in (both, *others)))

        def score(weights: dict[str, float]) -> float:
            query = replace(words("magenta", weights=weights), tie_breaker=tie_breaker)
            return lexical(fresh.retrieve(ResultSet(query)).candidates["both"]).bm25_score

        title, brand = 5 * score({"title": 1.0}), score({"brand": 1.0})
        expected = max(title, brand) + tie_breaker * min(title, brand)
        assert score({"title": 5.0, "brand": 1.0}) == pytest.approx(expected, rel=1e-5)

    def test_a_long_model_number_is_one_word(self, fresh: Shop) -> None:
        fresh.write(
            ProductWrite(Product("number", "zebra 1A2B3C4D5E6F7G8H"), 1),
            ProductWrite(Product("word", "zebra dress"), 1),
        )
        found = fresh.retrieve(ResultSet(words("zebra"))).candidates
        scores = {key: lexical(one).bm25_score for key, one in found.items()}
        assert scores["number"] == pytest.approx(scores["word"])

    def test_products_with_all_terms_come_before_better_scores(self, fresh: Shop) -> None:
        filler = " ".join(f"filler{n}" for n in range(60))
        fresh.write(
            ProductWrite(Product("partial", "zebra zebra zebra"), 1),
            ProductWrite(Product("all", f"zebra {filler} dress", description=filler), 1),
            *(ProductWrite(Product(f"x{n}", "dress"), 1) for n in range(8)),
        )
        found = fresh.retrieve(ResultSet(lexical=words("zebra dress")))
        partial, complete = (lexical(found.candidates[one]) for one in ("partial", "all"))
        assert found.legs["lexical"][:2] == ("all", "partial")
        assert (complete.has_all_terms, partial.has_all_terms) == (True, False)
        assert complete.bm25_score < partial.bm25_score

    def test_the_leg_is_ordered_by_tier_then_score_then_id(self, shop: Shop) -> None:
        found = shop.retrieve(ResultSet(lexical=words("red leather boots", minimum=1)))
        leg = found.legs["lexical"]
        keys = []
        for product_id in leg:
            score = lexical(found.candidates[product_id])
            assert score.bm25_score > 0
            keys.append((not score.has_all_terms, -score.bm25_score, product_id))
        assert keys == sorted(keys)
        assert set(leg) == set(found.candidates)

    def test_equal_scores_are_ordered_by_id_within_the_window(self, fresh: Shop) -> None:
        fresh.write(*(ProductWrite(Product(f"id{n}", "same words"), 1) for n in (5, 3, 9, 1, 7)))
        results = ResultSet(lexical=words("same words"))
        assert fresh.retrieve(results).legs["lexical"] == ("id1", "id3", "id5", "id7", "id9")

    def test_a_product_found_by_its_vector_alone_has_no_lexical_score(self, shop: Shop) -> None:
        results = ResultSet(words("party"), (clause(shop.field("text_vector"), 3),))
        found = shop.retrieve(results)
        for product_id, candidate in found.candidates.items():
            is_found = product_id in found.legs["lexical"]
            assert (lexical(candidate).bm25_score > 0) == is_found
            assert lexical(candidate).has_all_terms == is_found
        assert set(found.candidates) - set(found.legs["lexical"])

    def test_without_words_candidates_have_no_lexical_score(self, shop: Shop) -> None:
        found = shop.retrieve(ResultSet(vectors=(clause(shop.field("text_vector"), 3),)))
        assert set(found.legs) == {"text_vector"}
        assert all(candidate.lexical is None for candidate in found.candidates.values())
