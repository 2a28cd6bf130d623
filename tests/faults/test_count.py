"""The page about reliability says what is really tried."""

from pathlib import Path

from tests.faults.count import by_phase
from tests.setups.table import SETUPS as WAYS_TO_TRAIN

PAGE = (Path(__file__).parents[2] / "docs" / "reliability.md").read_text(encoding="utf-8")


def test_the_page_has_the_count_of_every_phase():
    _, _, *rows = by_phase().splitlines()
    assert [row for row in rows if row not in PAGE] == []


def test_the_page_has_the_number_of_setups():
    assert f"\n{len(WAYS_TO_TRAIN)} ways to train are held" in PAGE
