"""What the sweeps of a widget tell the one who shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from lrwidget.history.settings import Settings

__all__ = ["Listener"]


class Listener(Protocol):
    """What sweeps tell. Called in the sweep's thread, except ``changed``, which comes from any."""

    def began(self, settings: Settings) -> None:
        """Say that all checks passed: the first step comes next."""

    def trying(self) -> None:
        """Say that trials have passed their checks: the first step comes next."""

    def progressed(self) -> None:
        """Say that a new point is known. Called after every step: must be quick."""

    def changed(self) -> None:
        """Say that the state changed by a command."""

    def ended(self) -> None:
        """Say that the sweep is over, everything given back, and the state has changed."""
