"""A model that the page only reads, and whose layout is made when somebody asks for it.

ipywidgets lets a page set any trait of a model, and opens a second model for the layout of each. Here what a
page may set is a short list, and one model is opened, so that a widget is shown by as few messages as can be.
"""

from __future__ import annotations

from typing import Any, Final

import anywidget
import traitlets
from ipywidgets import Layout
from ipywidgets.widgets.trait_types import InstanceDict
from ipywidgets.widgets.widget import widget_serialization

from lrwidget.widget.lifetime import hold_weakly

__all__ = ["Model"]

#: What a page may set as it is.
_SETTABLE: Final = ("layout", "tabbable", "tooltip", "_seen")


class Model(anywidget.AnyWidget):
    """An anywidget of one model; :meth:`take_lr` is for whoever shows a rate."""

    # Versions of ipywidgets before 8 have this one, which IPython prefers to ``_repr_mimebundle_``.
    _ipython_display_ = None

    layout = InstanceDict(Layout, allow_none=True).tag(sync=True, **widget_serialization)

    def take_lr(self, lr: object) -> None:
        """Take a rate that another widget, linked to this one in the page, has set."""
        raise NotImplementedError

    def tell(self, name: str, old: object, new: object) -> None:
        """Tell the observers of a trait, and the page's model, that it has changed."""
        self.notify_change(traitlets.Bunch(name=name, old=old, new=new, owner=self, type="change"))

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what a page sets: the look, and the rate if another widget is linked to it."""
        if "lr" in sync_data:
            self.take_lr(sync_data["lr"])
        look = {name: sync_data[name] for name in _SETTABLE if name in sync_data}
        if look:
            super().set_state(look)

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """Return the model's state, in which a layout that nobody has asked for is none."""
        names = set(self.keys if key is None else [key] if isinstance(key, str) else key)
        state: dict[str, Any]
        if self._made_layout is not None or "layout" not in names:
            state = super().get_state(names, drop_defaults)
            return state
        state = super().get_state(names - {"layout"}, drop_defaults)
        return state | {"layout": None}

    def close(self) -> None:
        """Close the model, and its layout's if there is one."""
        if self._made_layout is not None:
            self._made_layout.close()
        if self.comm is not None:
            super().close()

    @property
    def _made_layout(self) -> Layout | None:
        """The layout, if anybody has asked for it: to ask for the trait itself would make it."""
        return self._trait_values.get("layout")

    @traitlets.default("layout")
    def _make_layout(self) -> Layout:
        layout = Layout()
        hold_weakly(layout)
        self._trait_values["layout"] = layout
        self.send_state("layout")
        return layout
