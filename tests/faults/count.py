"""How much the fault matrix tries, as the tables of the documentation: ``python -m tests.faults.count``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import product

from tests.faults.doors import DOORS
from tests.faults.faults import FAULTS
from tests.faults.matrix import cases, why_not
from tests.faults.setups import SETUPS
from tests.faults.taps import PHASES


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def by_phase() -> str:
    """Return a row for each phase: where it is struck, by how many faults, in how many setups, how often."""
    tried = list(cases())
    rows = []
    for phase, where in PHASES.items():
        here = [case for case in tried if case.phase == phase]
        rows.append(
            [phase, where, len({case.fault for case in here}), len({case.setup for case in here}), len(here)]
        )
    total = ["all", "", len(FAULTS), len(SETUPS), len(tried)]
    return table(["phase", "struck in", "faults", "setups", "trials"], [*rows, total])


def by_setup() -> str:
    """Return a row for each setup: phases, faults, trials."""
    tried = list(cases())
    rows = []
    for setup in SETUPS:
        here = [case for case in tried if case.setup == setup]
        rows.append(
            [setup, len({case.phase for case in here}), len({case.fault for case in here}), len(here)]
        )
    return table(["setup", "phases", "faults", "trials"], rows)


def left_out() -> str:
    """Return a row for each reason for which a combination is not tried."""
    reasons = Counter(why_not(*names) for names in product(SETUPS, PHASES, FAULTS, DOORS))
    del reasons[""]
    return table(["combinations left out", "because"], [(n, reason) for reason, n in reasons.most_common()])


def main() -> None:
    print(f"{by_phase()}\n\n{by_setup()}\n\n{left_out()}")


if __name__ == "__main__":
    main()
