"""The first seconds of a kernel, when what a page says may wait behind the cell or be handled beside it.

JupyterLab asks a fresh kernel for a subshell when its first widget appears; whatever the page says until the
answer has come goes to the main shell, where a cell runs. Here that answer comes late, every time.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from lrwidget._text import format_rate
from tests.browser import quickstart as q
from tests.browser.lab import Lab

#: Runs in the page before JupyterLab does: its request for a subshell leaves 1.5 s late.
LATE_SUBSHELL = """
(() => {
  const send = WebSocket.prototype.send;
  const start = (data) => (typeof data === "string" ? data : new TextDecoder().decode(data)).slice(0, 2000);
  window.heldBack = 0;
  WebSocket.prototype.send = function (data) {
    if (!start(data).includes("create_subshell_request")) return send.call(this, data);
    window.heldBack += 1;
    setTimeout(() => send.call(this, data), 1500);
  };
})();
"""
#: Nothing that the page says to a widget leaves it, until `release()`: as if it waited behind the cell.
UNHEARD = """
(() => {
  const send = WebSocket.prototype.send;
  const start = (data) => (typeof data === "string" ? data : new TextDecoder().decode(data)).slice(0, 2000);
  const held = [];
  let holds = true;
  window.release = () => { holds = false; held.splice(0).forEach((go) => go()); };
  WebSocket.prototype.send = function (data) {
    if (!holds || !start(data).includes('"comm_msg"')) return send.call(this, data);
    held.push(() => send.call(this, data));
  };
})();
"""
WAITING = ("lr = await w.accepted()", "after = lr")


@pytest.fixture
def lab(fresh_lab: Lab) -> Lab:
    """Each test begins with the first second of a page and of a kernel."""
    return fresh_lab


@pytest.fixture
def waiting(lab: Lab) -> Lab:
    """A fresh kernel whose notebook waits for Accept, with the subshell of its page late."""
    lab.page.add_init_script(LATE_SUBSHELL)
    lab.open_cells(q.setup(), q.widget("num_iter=40"), *WAITING)
    lab.run_all(wait=False)
    lab.wait_plot()
    return lab


def drag(lab: Lab, lr: float) -> float:
    """Drag the marker to a rate, let it go, and return the rate that the page then shows."""
    from_x, y = q.point(lab, shown(lab), inside=0.3)
    to_x, _ = q.point(lab, lr)
    lab.page.mouse.move(from_x, y)
    lab.page.mouse.down()
    lab.page.mouse.move(to_x, y, steps=4)
    lab.page.mouse.up()
    return shown(lab)


def shown(lab: Lab) -> float:
    """The rate at which the page's marker stands."""
    return float(q.marker(lab).get_attribute("aria-valuenow") or "nan")


def test_a_drag_and_accept_in_a_fresh_kernel_are_what_the_optimizer_gets(waiting: Lab) -> None:
    lab = waiting
    q.press(lab, "Run")
    lab.wait_kernel("w.state == 'finished'", aside=True)
    expect(q.button(lab, "Accept")).to_be_enabled()
    expect(q.marker(lab)).to_be_visible()
    chosen = drag(lab, 1e-4)
    assert chosen == pytest.approx(1e-4, rel=0.05)
    q.press(lab, "Accept")
    lab.wait_cell(None)
    assert lab.page.evaluate("heldBack") >= 1, "the subshell was not late: nothing was tested"
    assert lab.kernel("(after, w.accepted_lr, w.lr, optimizer.param_groups[0]['lr'])") == [chosen] * 4
    expect(q.marker(lab)).to_have_attribute("aria-valuetext", format_rate(chosen))
    expect(q.status(lab)).to_contain_text(f"Your optimizer now holds {format_rate(chosen)}.")


def test_each_button_works_more_than_once_from_the_first_second_on(lab: Lab) -> None:
    lab.page.add_init_script(LATE_SUBSHELL)
    lab.open_cells(q.setup(), q.widget(q.SLOW), *WAITING)
    lab.run_all(wait=False)
    lab.wait_plot()
    for name, state in (
        ("Run", "running"),
        ("Pause", "paused"),
        ("Resume", "running"),
        ("Pause", "paused"),
        ("Stop", "finished"),
        ("Run", "running"),
        ("Pause", "paused"),
        ("Resume", "running"),
        ("Stop", "finished"),
    ):
        expect(q.button(lab, name)).to_be_enabled()
        q.press(lab, name)
        lab.wait_kernel(f"w.state == {state!r}", aside=True)
    lab.kernel_run("w.accept(0.1)", aside=True)
    lab.wait_cell(None)


def test_a_rate_typed_in_the_field_is_not_overtaken_by_the_click_that_ends_the_typing(waiting: Lab) -> None:
    lab = waiting
    q.press(lab, "Run")
    lab.wait_kernel("w.state == 'finished'", aside=True)
    expect(q.button(lab, "Accept")).to_be_enabled()
    q.field(lab).fill("0.00321")
    q.press(lab, "Accept")
    lab.wait_cell(None)
    assert lab.kernel("(after, w.lr, optimizer.param_groups[0]['lr'])") == [0.00321] * 3
    expect(q.marker(lab)).to_have_attribute("aria-valuetext", "0.00321")


def test_a_page_that_is_not_heard_has_nothing_accepted_for_it(lab: Lab) -> None:
    lab.page.add_init_script(UNHEARD)
    impatient = "from lrwidget.widget import waiting\nwaiting.ANSWER_WITHIN = 3.0\nw.run()"
    lab.open_cells(q.setup(), q.widget("num_iter=30"), impatient, q.source("accept"))
    lab.run_all(errors=True)
    assert "nothing was written into the optimizer" in lab.cell_text(3)
    assert lab.kernel("(w.state, w.accepted_lr, optimizer.param_groups[0]['lr'])") == ["finished", None, 0.01]
    chosen = drag(lab, 1e-4)
    q.press(lab, "Accept")
    assert lab.kernel("w.accepted_lr is None")
    lab.page.evaluate("release()")  # as when the cell has ended
    lab.wait_kernel("w.state == 'accepted'")
    lab.run_cell(3)
    assert lab.kernel("(lr, optimizer.param_groups[0]['lr'])") == [chosen] * 2
