"""The command line without its installed command: `python -m hybrid_search.cli`."""

from hybrid_search.cli import main

main()
