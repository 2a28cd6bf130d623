"""What a framework lends comes back, and what cannot is told."""

import random

import pytest
import torch

from lrwidget.errors import RestoreError
from lrwidget.integrations.borrowed import kept, kept_random


def test_a_generator_that_cannot_be_given_back_is_told_and_the_others_are_back(monkeypatch):
    torch.manual_seed(3)
    before = torch.get_rng_state()

    def refuse(state):
        raise OSError("no way back")

    monkeypatch.setattr(random, "setstate", refuse)
    with pytest.raises(RestoreError, match=r"Python's random state \(OSError: no way back\)"), kept_random():
        torch.rand(3)
    assert torch.equal(torch.get_rng_state(), before)


class _Part:
    """Of a framework."""


def test_very_many_that_cannot_be_given_back_are_told_in_a_few_lines(monkeypatch):
    from lrwidget.engine.state.kinds.objects import Attributes

    things = [_Part() for _ in range(500)]

    def fail(part):
        raise OSError("x" * 1000)

    monkeypatch.setattr(Attributes, "give_back", fail)
    with pytest.raises(RestoreError) as caught, kept(things, ["tests"]):
        pass
    assert len(str(caught.value)) < 3000
    assert "more" in str(caught.value)
