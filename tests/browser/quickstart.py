"""The quickstart's own cells, as a notebook for tests; and what the page shows of its widget."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator

from tests.browser.lab import Lab

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "quickstart.ipynb"

#: Makes a sweep take its time, so that there is something to interrupt.
SLOW = "callback=lambda point: __import__('time').sleep(0.1)"


def source(cell_id: str) -> str:
    """Source of one cell of the quickstart."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return next("".join(cell["source"]) for cell in cells if cell["id"] == cell_id)


def setup() -> str:
    """Data, model and optimizer of the quickstart, with a copy of the weights to compare with."""
    remember = "import copy\nbefore = copy.deepcopy(model.state_dict())"
    return "\n".join((source("data"), source("model"), remember))


def widget(*options: str) -> str:
    """The quickstart's widget, with further options, displayed."""
    extra = "".join(f", {option}" for option in options)
    return (
        "from lrwidget import LRWidget\n"
        f"w = LRWidget(model, optimizer, criterion, train_loader, fixed_batches=8{extra})\nw"
    )


def open_widget(lab: Lab, *options: str, more: tuple[str, ...] = ()) -> None:
    """Open a notebook of set-up, widget and more cells; run the first two."""
    lab.open_cells(setup(), widget(*options), *more)
    lab.run_cell(0)
    lab.run_cell(1)
    lab.wait_plot()


def button(lab: Lab, name: str) -> Locator:
    return lab.page.get_by_role("button", name=name, exact=True)


def press(lab: Lab, name: str) -> None:
    button(lab, name).click()


def run_to_end(lab: Lab) -> None:
    """Press Run, and wait until page and kernel have the whole sweep."""
    press(lab, "Run")
    lab.wait_kernel("w.state != 'idle'")
    lab.wait_kernel("w.wait(0)", timeout=60)
    wait_complete(lab)


def wait_complete(lab: Lab, nth: int = 0) -> None:
    """Wait until the page shows every point that the kernel has."""
    lab.wait_points("loss", lab.kernel("len(w.history)"), nth=nth)


def marker(lab: Lab) -> Locator:
    return lab.page.get_by_role("slider", name="Learning rate marker").first


def field(lab: Lab) -> Locator:
    return lab.page.get_by_role("spinbutton", name="Learning rate", exact=True)


def status(lab: Lab) -> Locator:
    """All that is said above the figure: the line, and the notes below it."""
    return lab.page.locator(".lrwidget .lrw-status").first


def told(lab: Lab) -> Locator:
    """What a screen reader is told."""
    return lab.page.locator(".lrwidget [role=status]").first


def choose(lab: Lab, item: str) -> None:
    """Choose from the menu."""
    button(lab, "More").click()
    lab.page.get_by_role("menuitem", name=item).or_(
        lab.page.get_by_role("menuitemcheckbox", name=item)
    ).click()


def open_settings(lab: Lab) -> None:
    """Open the line at the foot into the fields."""
    lab.page.locator(".lrwidget summary").first.click()


def point(lab: Lab, lr: float, *, inside: float = 0.5) -> tuple[float, float]:
    """Scroll the plot into view, and return where a rate stands on the screen.

    ``inside`` is the height within the plot, 0 = top.
    """
    place: list[float] = lab.page.evaluate(
        """([lr, inside]) => {
            const plot = labTools.plot(0);
            plot.scrollIntoView({ block: "center", behavior: "instant" });
            const { xaxis, _size: size } = plot._fullLayout;
            const box = plot.getBoundingClientRect();
            return [box.left + xaxis._offset + xaxis.d2p(lr), box.top + size.t + inside * size.h];
        }""",
        [lr, inside],
    )
    return place[0], place[1]


def unchanged(lab: Lab) -> bool:
    """Whether the kernel's model is, bit for bit, the one before the sweep."""
    same: Any = lab.kernel("all(torch.equal(a, before[name]) for name, a in model.state_dict().items())")
    return bool(same)
