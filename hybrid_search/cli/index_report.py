"""What `hybrid-search index` says at its end."""

from hybrid_search.building import IndexReport
from hybrid_search.catalog.rejects import Reject, RejectsFile
from hybrid_search.cli.terminal import err, out

SHOWN = 5


def print_report(report: IndexReport, bad_lines: RejectsFile) -> None:
    """Print what a reindex did; products that the engine refused go to the bad lines."""
    out.print(f"{report.generation.name} is live with {report.written} products", markup=False)
    for name in report.pruned.dropped:
        out.print(f"dropped the older index {name}", markup=False)
    for problem in report.pruned.problems:
        out.print(f"an older index could not be dropped: {problem}", markup=False)
    for refused in report.failures:
        bad_lines.add(
            Reject(None, f"refused by the engine: {refused.reason}", "", refused.product_id)
        )
    for blind in report.without_vector[:SHOWN]:
        out.print(f"indexed without a vector: {blind.product_id}: {blind.reason}", markup=False)
    if len(report.without_vector) > SHOWN:
        out.print(f"and {len(report.without_vector) - SHOWN} more without a vector")


def print_rejects(bad_lines: RejectsFile) -> None:
    """Print where the bad lines went, and the first ones."""
    if not bad_lines.count:
        return
    err.print(f"{bad_lines.count} set aside in {bad_lines.path}, such as:", markup=False)
    for reject in bad_lines.first:
        err.print(f"  {reject}", markup=False)
