from pathlib import Path

import pytest

from hybrid_search.errors import JudgmentsError
from hybrid_search.evaluation.judgments import Judgments, parse_judgments, read_judgments

HEADER = "query,product_id,rating\n"


def parse(*lines: str, header: str = HEADER) -> Judgments:
    return parse_judgments([header, *(f"{line}\n" for line in lines)], source="ratings.csv")


def test_ratings_are_kept_by_query_and_product() -> None:
    judgments = parse("red dress,1,3", "red dress,2,0.5", '"boots, brown",1,1')
    assert judgments.ratings == {"red dress": {"1": 3, "2": 0.5}, "boots, brown": {"1": 1}}


def test_columns_are_found_by_name_and_others_ignored() -> None:
    judgments = parse("ann,2,7,tv", header="rater, rating ,product_id,query\n")
    assert judgments.ratings == {"tv": {"7": 2}}


def test_white_space_around_values_and_blank_lines_is_removed() -> None:
    assert parse(" tv , 7 , 2 ", "", "tv,8,1").ratings == {"tv": {"7": 2, "8": 1}}


def test_queries_are_told_apart_by_whether_anything_is_relevant() -> None:
    judgments = parse("b,1,0", "b,2,1", "a,1,0", "c,1,0.2")
    assert judgments.queries_with_relevant == ("b", "c")
    assert judgments.queries_without_relevant == ("a",)


def test_the_same_rating_may_occur_twice() -> None:
    assert parse("tv,1,2", "tv,1,2.0").ratings == {"tv": {"1": 2}}


def test_two_ratings_of_one_product_are_refused_with_both_lines() -> None:
    with pytest.raises(JudgmentsError, match=r"lines 2 and 4: product '1' for query 'tv' .* 2 and"):
        parse("tv,1,2", "tv,2,0", "tv,1,3")


@pytest.mark.parametrize("rating", ["good", "-1", "nan", "inf", "1001", "2;"])
def test_a_rating_that_cannot_be_used_is_named_with_its_line(rating: str) -> None:
    with pytest.raises(
        JudgmentsError, match=rf"ratings.csv, line 3: rating '{rating}' .* 0 .* 1000"
    ):
        parse("tv,1,2", f"tv,2,{rating}")


@pytest.mark.parametrize(
    ("line", "column"), [(",1,2", "query"), ("tv, ,2", "product_id"), ("tv,1,", "rating")]
)
def test_an_empty_value_is_named_with_its_line(line: str, column: str) -> None:
    with pytest.raises(JudgmentsError, match=f"line 2: {column} is empty"):
        parse(line)


@pytest.mark.parametrize(("line", "values"), [("tv,1", 2), ("flat, screen,1,2", 4)])
def test_a_line_with_more_or_fewer_values_than_the_header_is_refused(
    line: str, values: int
) -> None:
    with pytest.raises(JudgmentsError, match=f"line 2: {values} values under a header of 3"):
        parse(line)


@pytest.mark.parametrize("header", ["query;product_id;rating\n", "query,product,rating\n", ""])
def test_a_header_without_the_columns_is_refused(header: str) -> None:
    with pytest.raises(JudgmentsError, match=r"line 1: no column .* needs query,product_id,rating"):
        parse("tv,1,2", header=header)


def test_a_file_without_ratings_is_refused() -> None:
    with pytest.raises(JudgmentsError, match=r"ratings\.csv has no ratings"):
        parse()


def test_broken_quotes_are_named_with_their_line() -> None:
    with pytest.raises(JudgmentsError, match=r"line 3: .*quotes"):
        parse("tv,1,2", '"tv"s,2,1')


def test_the_line_of_a_value_after_a_quoted_line_break_is_right() -> None:
    with pytest.raises(JudgmentsError, match="line 4: rating 'x'"):
        parse('"two', 'lines",1,2', "tv,2,x")


@pytest.mark.parametrize("rating", [-0.5, float("nan"), float("inf")])
def test_judgments_made_in_code_are_checked_as_well(rating: float) -> None:
    with pytest.raises(JudgmentsError, match="product '1' for query 'tv' is out of bounds"):
        Judgments({"tv": {"1": rating}})


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_bytes(f"{HEADER}schuhe größe 40,1,2\r\n".encode("utf-8-sig"))
    assert read_judgments(path).ratings == {"schuhe größe 40": {"1": 2}}


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_bytes(f"{HEADER}größe,1,2\n".encode("latin-1"))
    with pytest.raises(JudgmentsError, match="save it as UTF-8"):
        read_judgments(path)


def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.csv", tmp_path):
        with pytest.raises(JudgmentsError, match=f"cannot read ratings '{path}'"):
            read_judgments(path)
