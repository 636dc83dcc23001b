"""How many cores this process may use."""

import math
import os
import sys
from pathlib import Path

QUOTA_FILE = Path("/sys/fs/cgroup/cpu.max")


def available_cores(quota_file: Path = QUOTA_FILE) -> int:
    """Return the number of cores that the scheduler and a container's quota leave, 1 or more."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(cores or 1, math.ceil(_quota(quota_file) or sys.maxsize)))


def _quota(file: Path) -> float | None:
    """Return the cores of `docker run --cpus`, such as 1.5, or None without a limit."""
    try:
        quota, period = file.read_text(encoding="ascii").split()
        return int(quota) / int(period)
    except (OSError, ValueError):
        return None
