"""What the page shows is what the optimizer gets: by drag, keys, click and field, on a bad line, in any cell.

Fresh kernels, pauses like a person's, and messages that come late, twice and out of order, both ways.
``LRWIDGET_SEEDS=20`` goes through it twenty times.
"""

from __future__ import annotations

import os
import random

import pytest
from playwright.sync_api import expect

from lrwidget._text import exact_rate
from tests.browser import quickstart as q
from tests.browser.lab import Lab
from tests.browser.test_first_seconds import LATE_SUBSHELL

SEEDS = range(int(os.environ.get("LRWIDGET_SEEDS", "1")))
ROUNDS = 4

#: Runs in the page before JupyterLab does: what widgets and kernel say to each other comes up to 0.4 s late,
#: so that it overtakes itself, and every third message comes twice.
BAD_LINE = """
(() => {
  let state = SEED;
  const draw = () => (state = (state * 48271) % 2147483647) / 2147483647;
  window.badLine = { late: 0, twice: 0 };
  const start = (data) =>
    (typeof data === "string" ? data : new TextDecoder().decode(data)).slice(0, 4000);
  const ofWidgets = (data) => /"comm_msg"/.test(start(data)) && /"custom"/.test(start(data));
  const spoilt = (go) => {
    window.badLine.late += 1;
    setTimeout(go, 400 * draw());
    if (draw() < 0.33) {
      window.badLine.twice += 1;
      setTimeout(go, 400 * draw());
    }
  };
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (!ofWidgets(data)) return send.call(this, data);
    spoilt(() => this.readyState === WebSocket.OPEN && send.call(this, data));
  };
  const heard = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
  Object.defineProperty(WebSocket.prototype, "onmessage", {
    ...heard,
    set(handler) {
      heard.set.call(this, handler && ((event) => {
        if (!ofWidgets(event.data)) return handler.call(this, event);
        spoilt(() => handler.call(this, event));
      }));
    },
  });
})();
"""

CELLS = {
    "free": ("",),
    "waiting": ("lr = await w.accepted()",),
    "blocking": ("history = w.run()",),
}


@pytest.fixture
def lab(fresh_lab: Lab) -> Lab:
    """Each test has a page and a kernel that nobody has used."""
    return fresh_lab


class Person:
    """Moves the marker in some way, with pauses, and reads what the page then shows."""

    def __init__(self, lab: Lab, draw: random.Random) -> None:
        self.lab, self.draw = lab, draw

    def pause(self) -> None:
        self.lab.page.wait_for_timeout(self.draw.choice([0, 30, 120, 400]))

    def choose(self) -> None:
        """Choose another rate in one of the ways there are; a click beside the curve is none."""
        before = q.field(self.lab).input_value()
        while q.field(self.lab).input_value() == before:
            self.draw.choice([self.drag, self.keys, self.type_in, self.click])()
            self.pause()

    def drag(self) -> None:
        from_x, y = q.point(self.lab, self.shown_number(), inside=0.3)
        to_x, _ = q.point(self.lab, 10 ** self.draw.uniform(-5, -1))
        mouse = self.lab.page.mouse
        mouse.move(from_x, y)
        mouse.down()
        mouse.move(to_x, y, steps=4)
        self.pause()
        mouse.up()

    def keys(self) -> None:
        q.marker(self.lab).focus()
        for _ in range(self.draw.randint(1, 12)):
            self.lab.page.keyboard.press(self.draw.choice(["ArrowLeft", "ArrowRight", "PageUp", "PageDown"]))

    def type_in(self) -> None:
        rate = f"{10 ** self.draw.uniform(-5, -1):.2e}"
        q.field(self.lab).fill(rate)
        if self.draw.random() < 0.5:
            q.field(self.lab).press("Enter")

    def click(self) -> None:
        lr = self.draw.choice(self.lab.plot_data("loss")["x"][30:60])
        x, y = q.point(self.lab, lr, inside=0.2)
        self.lab.page.mouse.move(x - 3, y)
        self.lab.page.mouse.move(x, y)
        self.lab.page.mouse.click(x, y)

    def shown_number(self) -> float:
        return float(q.marker(self.lab).get_attribute("aria-valuenow") or "nan")

    def accept(self) -> float:
        """Press Accept; return the rate that the field showed then."""
        text = q.field(self.lab).input_value()
        q.press(self.lab, "Accept")
        return float(text)


def held(lab: Lab) -> list[float]:
    rates: list[float] = lab.kernel("[w.accepted_lr, w.lr, optimizer.param_groups[0]['lr']]", aside=True)
    return rates


@pytest.mark.parametrize("line", ["good", "bad", "late subshell"])
@pytest.mark.parametrize("cell", sorted(CELLS))
@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_page_shows_at_accept_is_what_the_optimizer_gets(
    lab: Lab, cell: str, line: str, seed: int
) -> None:
    if line == "good" and cell == "blocking":
        pytest.skip("the other lines have it, and more")
    draw = random.Random(f"{seed} {cell} {line}")
    person = Person(lab, draw)
    if line == "bad":
        lab.page.add_init_script(BAD_LINE.replace("SEED", str(draw.randint(1, 2**30))))
    elif line == "late subshell":
        lab.page.add_init_script(LATE_SUBSHELL)
    lab.open_cells(q.setup(), q.widget("num_iter=60"), *CELLS[cell])
    lab.run_all(wait=False)
    lab.wait_plot(timeout=60)
    person.pause()
    if cell != "blocking":
        q.press(lab, "Run")
    lab.wait_kernel("w.state == 'finished'", timeout=90, aside=True)
    expect(q.button(lab, "Accept")).to_be_enabled()
    expect(q.marker(lab)).to_be_visible()
    lab.wait_points("loss", lab.kernel("len(w.history)", aside=True))
    for number in range(ROUNDS):
        person.choose()
        chosen = person.accept()
        lab.wait_kernel(f"w.accepted_lr == {chosen!r}", aside=True)
        if number == 0 and cell != "free":
            lab.wait_cell(None)
        assert held(lab) == [chosen] * 3
        expect(q.marker(lab)).to_have_attribute("aria-valuetext", exact_rate(chosen))
        expect(q.field(lab)).to_have_value(exact_rate(chosen))
        expect(q.status(lab)).to_contain_text(f"Your optimizer now holds {exact_rate(chosen)}.")
        if draw.random() < 0.5:
            person.pause()
            q.press(lab, "Undo")
            lab.wait_kernel("w.accepted_lr is None", aside=True)
            assert lab.kernel("optimizer.param_groups[0]['lr']", aside=True) == 0.01
            assert float(q.field(lab).input_value()) == chosen, "the marker stays"
    if line == "bad":
        assert lab.page.evaluate("badLine.twice > 0 && badLine.late > 10")
    assert q.unchanged(lab)
