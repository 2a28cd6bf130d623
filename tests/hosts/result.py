"""How a check ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["works", "says", "fails", "none"]

#: Characters of a result in the table.
LONGEST = 150


@dataclass(frozen=True)
class Result:
    """``says``: it does not work there, and the widget says what to do instead, which works."""

    kind: Kind
    text: str = ""

    def cell(self) -> str:
        """Return the result as a table's cell."""
        said = " ".join(self.text.split()).replace("|", "\\|")
        if len(said) > LONGEST:
            said = said[:LONGEST].rsplit(" ", 1)[0] + " …"
        return {
            "works": f"works{f' ({said})' if said else ''}",
            "says": f"says: “{said}”",
            "fails": f"**does not**: {said}",
            "none": said or "–",
        }[self.kind]


WORKS = Result("works")
NONE = Result("none")
