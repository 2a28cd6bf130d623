"""Whatever goes wrong, wherever in a sweep: everything comes back, nothing is left, and all works again."""

import pytest

from tests.faults.matrix import Case, cases, try_case


@pytest.mark.parametrize("case", list(cases()), ids=str)
def test_everything_comes_back(case: Case) -> None:
    try_case(case)
