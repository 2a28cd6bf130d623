"""What no framework's widget takes: settings that its trainer decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrwidget.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["refuse_own"]


def refuse_own(settings: Mapping[str, Any], who: str) -> None:
    """Raise SettingsError when a setting is given that the framework's trainer decides."""
    for name in ("step_fn", "update_fn", "around", "autocast", "grad_scaler", "device", "write_to"):
        if name in settings:
            raise SettingsError(
                f"{name} is not for you to give here: it follows from {who}. Leave it out, or make an "
                "LRWidget of your own with model, optimizer and loader."
            )
