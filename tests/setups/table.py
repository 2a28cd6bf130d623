"""All setups by name."""

from tests.setups import compiled, layers, loaders, losses, optimizers, precision, schedules, steps  # noqa: F401
from tests.setups.setup import SETUPS

__all__ = ["SETUPS"]
