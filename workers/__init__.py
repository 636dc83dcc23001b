"""Celery workers: thin tasks that call `hybrid_search`; nothing imports them.

`hybrid-search worker` starts one; `celery -A workers.app worker` does for those who have their own
options to give.
"""
