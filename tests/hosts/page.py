"""The widget on any page, by its names and roles alone: nothing here knows which host shows it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

#: Playwright looks through shadow roots by itself; what is inside an element is asked of the element.
POINTS = """plot => {
    const trace = (plot.data ?? []).find((trace) => trace.name === "loss");
    return (trace?.x?._inputArray ?? trace?.x ?? []).length;
}"""


class Told:
    """What the user's code told; see ``inside/story.py``."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)

    def __call__(self) -> dict[str, Any]:
        try:
            told: dict[str, Any] = json.loads(self.path.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return told


class WidgetPage:
    """One widget, the first of a page, and what its kernel tells."""

    def __init__(self, page: Page, told: Told) -> None:
        self.page = page
        self.told = told

    # -- what is there -----------------------------------------------------------------------------

    @property
    def root(self) -> Locator:
        return self.page.locator(".lrwidget").first

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True).first

    @property
    def field(self) -> Locator:
        return self.root.get_by_role("spinbutton", name="Learning rate", exact=True).first

    @property
    def marker(self) -> Locator:
        return self.root.get_by_role("slider", name="Learning rate marker").first

    def shown(self) -> tuple[float | None, float | None]:
        """Rate of the field and of the marker, as a person reads them."""
        texts = self.field.input_value(), self.marker.get_attribute("aria-valuetext") or ""
        return _rate(texts[0]), _rate(texts[1])

    def points(self) -> int:
        """How many points plotly holds."""
        plot = self.root.locator(".js-plotly-plot").first
        return int(plot.evaluate(POINTS)) if plot.count() else 0

    def text(self) -> str:
        """What a person reads in the widget."""
        return self.root.inner_text() if self.root.count() else ""

    # -- what a person does ------------------------------------------------------------------------

    def press(self, name: str) -> None:
        self.button(name).click(timeout=10_000)

    def drag(self, pixels: int) -> None:
        """Drag the marker, in steps as a hand does."""
        self.marker.scroll_into_view_if_needed()
        box = self.marker.bounding_box()
        assert box is not None, "the marker has no place on the page"
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
        mouse = self.page.mouse
        mouse.move(x, y)
        mouse.down()
        for step in range(1, 11):
            mouse.move(x + pixels * step / 10, y)
        mouse.up()

    # -- waiting -----------------------------------------------------------------------------------

    def wait(self, what: str, condition: Callable[[], Any], seconds: float = 60) -> Any:
        """Wait until the condition is true; return its value."""
        end = time.monotonic() + seconds
        while not (value := condition()):
            if time.monotonic() > end:
                message = f"{what}: not within {seconds:.0f} s; the kernel tells {self.told()}"
                raise TimeoutError(message)
            self.page.wait_for_timeout(50)
        return value

    def sees(self, condition: Callable[[], Any], seconds: float) -> bool:
        """Whether the condition becomes true within so many seconds."""
        try:
            self.wait("", condition, seconds)
        except TimeoutError:
            return False
        return True

    def wait_shown(self, seconds: float = 120) -> None:
        """Wait until a person could press Run."""
        self.wait("the widget on the page", lambda: self.button("Run").count() > 0, seconds)
        self.button("Run").wait_for(state="visible", timeout=20_000)

    def settled(self) -> bool:
        """Whether field, marker and kernel name one rate."""
        field, marker = self.shown()
        lr = self.told().get("lr")
        return field is not None and field == marker and _same(field, lr)


def _rate(text: str) -> float | None:
    try:
        return float(text.replace("−", "-"))
    except ValueError:
        return None


def _same(shown: float | None, held: object) -> bool:
    return shown is not None and isinstance(held, int | float) and abs(shown - held) <= 1e-12 * abs(shown)


def same_rate(shown: float | None, *held: object) -> bool:
    """Whether all hold the rate that is shown."""
    return all(_same(shown, one) for one in held)
