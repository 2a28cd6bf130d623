"""The harness page in a browser: a scene, what it shows, and what the made-up kernel has heard."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page

from tests.project.files import PACKAGE

__all__ = ["MEASURE", "RATE", "WIDTHS", "Scene", "found"]

AXE = PACKAGE / "widget" / "front" / "node_modules" / "axe-core" / "axe.min.js"
RATE = "Learning rate"
WIDTHS = (320, 360, 420, 559, 560, 600, 660, 700, 780, 900, 1300)
#: Where the buttons are in a view of a width: kind to left, top and width; and what is outside of its row.
MEASURE = """(width) => {
  const root = document.querySelector(".lrwidget");
  root.parentElement.style.width = root.parentElement.style.maxWidth = `${width}px`;
  const place = (selector) => root.querySelector(selector).getBoundingClientRect();
  const [{ left, top }, row] = [root.getBoundingClientRect(), place(".lrw-toolbar")];
  const seen = { visibilityProperty: true };
  const boxes = [...root.querySelectorAll(".lrw-toolbar .lrw-button, .lrw-rate")]
    .filter((el) => el.checkVisibility(seen))
    .map((el) => [/lrw-(?!button|field)\\w+/.exec(el.className)[0], el.getBoundingClientRect()]);
  return {
    height: Math.round(row.height),
    figure: Math.round(place(".lrwidget-figure").top - top),
    outside: boxes.filter(([, box]) =>
      Math.min(box.left - row.left, row.right - box.right, box.top - row.top, row.bottom - box.bottom) < -0.5
    ).map(([kind, box]) => [kind, box, row]),
    buttons: Object.fromEntries(boxes.filter(([kind]) => kind !== "lrw-rate").map(([kind, box]) => [
      kind,
      [box.left - left, box.top - top, box.width].map(Math.round),
    ])),
  };
}"""


class Scene:
    """The harness page, showing one scene."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))

    def open(self, scene: str, width: int = 900, *, figure: bool = False, **asked: object) -> Scene:
        """Open a scene; without ``figure`` plotly's script is left out, which takes most of the time."""
        self.page.unroute_all()
        if not figure:
            self.page.route("**/plotly.min.js", lambda _: None)
        query = "&".join(f"{name}={value}" for name, value in {"bare": 1, **asked}.items())
        self.page.set_viewport_size({"width": width + 32, "height": 700})
        self.page.goto(f"{self.address}/?scene={scene}&width={width}&{query}")
        self.page.wait_for_function("window.ready === true")
        return self

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def rate(self) -> Locator:
        return self.page.get_by_role("spinbutton", name=RATE, exact=True)

    def taken(self, *names: str) -> list[dict[str, Any]]:
        """What the kernel has heard, without greetings; of some names only."""
        taken: list[dict[str, Any]] = self.page.evaluate(
            "kernel.taken.filter(({ name }) => name !== 'hello').map(({ name, args }) => ({ name, ...args }))"
        )
        return [said for said in taken if not names or said["name"] in names]

    def until_taken(self, name: str, count: int = 1) -> list[dict[str, Any]]:
        self.page.wait_for_function(
            "([name, count]) => kernel.taken.filter((said) => said.name === name).length >= count",
            arg=[name, count],
        )
        return self.taken(name)

    def until_state(self, state: str) -> None:
        self.page.wait_for_function(
            "(state) => document.querySelector('.lrwidget').dataset.state === state", arg=state
        )

    def focus(self) -> str:
        """Name of what has the focus."""
        return str(
            self.page.evaluate(
                "(({ ariaLabel, tagName, lastChild: label }) =>"
                " ariaLabel ?? label?.firstChild?.textContent ?? tagName)(document.activeElement)"
            )
        )

    def place(self, selector: str) -> dict[str, float]:
        box: dict[str, float] = self.page.locator(selector).first.evaluate(
            "(el) => { const { left, top, right, bottom } = el.getBoundingClientRect();"
            " return { left, top, right, bottom } }"
        )
        return box


def found(page: Page) -> list[str]:
    """What axe-core objects to in the widget: rule, reason and place."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    result: dict[str, Any] = page.evaluate("axe.run('.lrwidget', { resultTypes: ['violations'] })")
    return [
        f"{rule['impact']} {rule['id']}: {node['html'][:400]} {node['failureSummary']}"
        for rule in result["violations"]
        for node in rule["nodes"]
    ]
