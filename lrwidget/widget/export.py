"""What is recorded and chosen, as texts to keep: a history's file, a table, the lines that set the rate."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from lrwidget._validate import one_of
from lrwidget.errors import StateError

if TYPE_CHECKING:
    from lrwidget.history.record import History
    from lrwidget.widget.state import WidgetState

__all__ = ["export"]


def export(history: History | None, state: WidgetState, form: str) -> str:
    """Return a text.

    Parameters
    ----------
    history : History or None
        What is recorded so far.
    state : WidgetState
        Where the marker stands, and how the curve is smoothed.
    form : {"json", "csv", "code"}
        The file that ``History.save`` writes; the points with the smoothed loss and its change; the lines of
        Python that put the marker's rate into an optimizer.

    Raises
    ------
    SettingsError, StateError
        For another form; when there is nothing to give.
    """
    one_of("format", form, ("json", "csv", "code"))
    if form == "code":
        if state.lr is None:
            raise StateError("There is no rate yet: run a sweep, or choose one.")
        return f"from lrwidget import accept_rate\n\naccept_rate(optimizer, {state.lr!r})\n"
    if history is None or len(history) == 0:
        raise StateError("There is nothing to export yet: run a sweep first.")
    return history.to_json() if form == "json" else _table(history, state.choice.bandwidth)


def _table(history: History, bandwidth: float) -> str:
    drawn = history.curve(bandwidth)
    columns = {
        "lr": history.lr,
        "loss": history.loss,
        "smoothed_loss": drawn.value,
        "change_in_loss": drawn.slope,
    }
    if history.metric is not None:
        columns["metric"] = history.metric
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))
    return text.getvalue()
