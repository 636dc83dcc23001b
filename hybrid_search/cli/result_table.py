"""A search answer on the terminal."""

from collections.abc import Iterator

from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

from hybrid_search.catalog.currency import decimals, to_major
from hybrid_search.catalog.product import Product
from hybrid_search.cli.terminal import out, print_whole
from hybrid_search.ranking.explanation import Explanation, SignalTerm
from hybrid_search.response import Hit, SearchResponse


def print_response(response: SearchResponse) -> None:
    """Print hits, explanations, facets and whatever a person should know about the answer."""
    if any(hit.explanation for hit in response.hits):
        for hit, product in _shown(response):
            print_whole(_hit_tree(hit, product))
    elif response.hits:
        print_whole(_hit_table(response))
    for field, values in response.facets.items():
        counts = ", ".join(f"{escape(value.value)} ({value.count})" for value in values)
        out.print(f"[bold]{escape(field)}[/bold]: {counts or 'no values'}")
    out.print(_summary(response))
    for notice in response.notices:
        out.print(f"[yellow]note[/yellow]: {escape(notice)}")
    for part in response.degraded:
        out.print(f"[red]degraded[/red] {part.stage}: {escape(part.reason)}")
    if response.next_cursor:
        out.print(f"next page: --cursor {response.next_cursor}")


def _hit_table(response: SearchResponse) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    is_ranked = response.hits[0].rank is not None
    if is_ranked:
        table.add_column("#", justify="right")
        table.add_column("score", justify="right")
    table.add_column("id", overflow="fold")
    for name in ("brand", "title"):
        table.add_column(name)
    table.add_column("price", justify="right", no_wrap=True)
    for hit, product in _shown(response):
        table.add_row(
            *((str(hit.rank), f"{hit.final_score:.4f}") if is_ranked else ()),
            escape(product.id),
            escape(product.brand or ""),
            escape(product.title),
            _price(product),
        )
    return table


def _shown(response: SearchResponse) -> Iterator[tuple[Hit, Product]]:
    return ((hit, hit.product) for hit in response.hits if hit.product is not None)


def _hit_tree(hit: Hit, product: Product) -> Tree:
    score = "" if hit.final_score is None else f"{hit.final_score:.6f}  "
    head = f"[bold]{hit.rank}. {score}[/bold]{escape(product.title)}"
    tree = Tree(
        f"{head} [dim]({escape(product.brand or 'no brand')}, id {escape(product.id)})[/dim]"
    )
    if hit.explanation is not None:
        _add_terms(tree, hit.explanation)
    return tree


def _add_terms(tree: Tree, explanation: Explanation) -> None:
    for term in explanation.terms:
        tree.add(f"{term.signal}: {term.contribution:.6f} = {term.share:.4f} x {_part(term)}")
    for signal in explanation.absent_signals:
        tree.add(f"{signal}: the product has none; its weight is shared among the others")
    tree.add(f"fused score: {explanation.fused_score:.6f}")
    for boost in explanation.boosts:
        limit = "" if boost.factor == boost.requested else f" (asked for {boost.requested:g})"
        named = f"{escape(boost.field)}={escape(boost.value)}"
        tree.add(f"boost {named}: x {boost.factor:g}{limit}")
    if explanation.rank_before_diversity is not None:
        tree.add(f"moved by diversity from place {explanation.rank_before_diversity}")
    tree.add(f"[bold]final score: {explanation.final_score:.6f}[/bold]")


def _part(term: SignalTerm) -> str:
    if term.rank is not None:
        text = f"{term.part:.6f} (rank {term.rank})" if term.rank else "0 (no rank)"
    else:
        text = f"{term.part:.6f} from {term.score:.4f}"
        if term.offset is not None and term.scale is not None:
            text += f" on the scale from {term.offset:.3f} to {term.offset + term.scale:.3f}"
    if term.bm25_score is not None:
        words = (
            "all words" if term.has_all_terms else "some words" if term.bm25_score else "no word"
        )
        text += f"; bm25 {term.bm25_score:.4f}, {words}"
    return text


def _price(product: Product) -> str:
    if product.price_minor is None or product.currency is None:
        return ""
    amount = to_major(product.price_minor, product.currency)
    return f"{amount:,.{decimals(product.currency)}f} {product.currency}"


def _summary(response: SearchResponse) -> str:
    reach = f", {response.reachable} reachable" if response.reachable < response.total else ""
    took = response.took_ms.get("total", 0.0)
    return (
        f"[dim]{response.total} products{reach}, {took:.0f} ms, {response.applied.generation}[/dim]"
    )
