"""The user that servers run as: Elasticsearch refuses to run as root."""

import os
import pwd
import tempfile
from dataclasses import dataclass
from pathlib import Path

PUBLIC_TEMPORARY_FOLDER = Path("/var/tmp")  # noqa: S108 - only as parent of checked folders
OTHERS_MAY_ENTER = 0o001


@dataclass(frozen=True, slots=True)
class UnprivilegedUser:
    """A user and group by their numbers."""

    user_id: int
    group_id: int

    def own(self, folder: Path) -> None:
        """Give a folder and all that is in it to this user."""
        for path in (folder, *folder.rglob("*")):
            os.chown(path, self.user_id, self.group_id)


def server_user() -> UnprivilegedUser | None:
    """Return whom to run servers as: `nobody` when we are root, else None (ourselves)."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return UnprivilegedUser(nobody.pw_uid, nobody.pw_gid)


def is_reachable(path: Path) -> bool:
    """Return whether the server's user can enter every existing folder above `path`."""
    if os.geteuid() != 0:
        return True
    above = [folder for folder in path.absolute().parents if folder.exists()]
    return all(folder.stat().st_mode & OTHERS_MAY_ENTER for folder in above)


def make_server_folder(prefix: str) -> Path:
    """Return a new temporary folder that the server's user can reach; it belongs to us yet."""
    parent = Path(tempfile.gettempdir())
    reachable = parent if is_reachable(parent / prefix) else PUBLIC_TEMPORARY_FOLDER
    return Path(tempfile.mkdtemp(prefix=prefix, dir=reachable))
