"""Whether warnings are to be believed: who is flagged, and who is bad."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.picks.contenders import Scored
from benchmarks.picks.scores import BAD


@dataclass(frozen=True)
class Calibration:
    """Picks counted: flagged or not, bad (a score above 0.3) or good."""

    flagged_bad: int
    flagged_good: int
    quiet_bad: int
    quiet_good: int

    @property
    def times(self) -> float:
        """How many times as likely a flagged pick is to be bad as one that is not; ``nan`` if unknown.

        Half a pick is added to each count, so that a few picks without a bad one do not make it infinite.
        """
        flagged, quiet = self.flagged_bad + self.flagged_good, self.quiet_bad + self.quiet_good
        if not flagged or not quiet:
            return float("nan")
        return ((self.flagged_bad + 0.5) / (flagged + 1)) / ((self.quiet_bad + 0.5) / (quiet + 1))

    @property
    def good_flagged(self) -> float:
        """Share of the good picks that are flagged."""
        good = self.flagged_good + self.quiet_good
        return self.flagged_good / good if good else float("nan")


def calibrated(picks: Iterable[Scored], kind: str = "") -> Calibration:
    """Count picks; flagged are those with a warning that contains these words.

    Where a rule gave no rate, the reason counts as a warning of what is then done instead, which is to keep
    the optimizer's default rate.
    """
    return counted((any(kind in warning for warning in pick.warnings), pick.score > BAD) for pick in picks)


def counted(pairs: Iterable[tuple[bool, bool]]) -> Calibration:
    """Count whether each is flagged, and whether it is bad."""
    counts = Counter(pairs)
    return Calibration(counts[True, True], counts[True, False], counts[False, True], counts[False, False])
