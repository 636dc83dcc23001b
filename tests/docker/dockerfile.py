"""The instructions of a Dockerfile."""

import json
import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Instruction:
    """One instruction, its continued lines joined."""

    name: str
    value: str

    @property
    def command(self) -> list[str]:
        """The words of an instruction in the form `["program", "argument"]`."""
        words: list[str] = json.loads(self.value[self.value.index("[") :])
        return words

    @property
    def script(self) -> str:
        """The shell script of a RUN instruction, without its mounts."""
        return re.sub(r"--mount=\S+\s+", "", self.value)


def read_dockerfile(path: Path) -> list[Instruction]:
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    words = (line.split(maxsplit=1) for line in joined.splitlines() if line.strip())
    return [Instruction(name, re.sub(r"\s+", " ", value)) for name, value in words]


def values(instructions: list[Instruction], name: str) -> list[str]:
    return [one.value for one in instructions if one.name == name]


def variables(instructions: list[Instruction]) -> dict[str, str]:
    """Return what ENV sets."""
    pairs = (pair for value in values(instructions, "ENV") for pair in value.split())
    return dict(pair.split("=", 1) for pair in pairs)
