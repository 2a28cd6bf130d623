"""A sweep as a person sees it: it draws live, ends well, and gives everything back."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser import quickstart as q
from tests.browser.lab import Lab


def shown_points(lab: Lab) -> int:
    return len(lab.plot_data("loss")["x"])


def test_points_appear_while_they_are_computed_and_are_the_historys_in_the_end(lab: Lab) -> None:
    q.open_widget(lab)
    lab.page.evaluate("window.firstPlot = labTools.plot(0)")
    q.press(lab, "Run")
    seen: set[int] = set()
    while not lab.kernel("w.state == 'finished'"):
        seen.add(shown_points(lab))
    q.wait_complete(lab)
    total = lab.kernel("len(w.history)")
    growing = {count for count in seen if 0 < count < total}
    assert len(growing) >= 5, f"the page showed only {sorted(seen)} points on its way to {total}"

    lab.wait_points("suggestion", 1)
    assert lab.page.evaluate("window.firstPlot === labTools.plot(0)"), "the plot was built anew"
    assert lab.plot_data("loss") == lab.kernel("{'x': w.history.lr, 'y': w.history.loss}")
    smoothed, change = lab.plot_data("smoothed loss"), lab.plot_data("change in loss")
    count = len(smoothed["x"])
    assert count >= lab.kernel("int(w.history.loss.argmin())")
    assert smoothed["x"] == change["x"] == lab.kernel(f"w.history.lr[:{count}]")
    assert smoothed["y"] == lab.kernel(f"w.history.smoothed()[:{count}]")
    true_change = lab.page.evaluate(
        "labTools.array(labTools.plot(0).data.find((t) => t.name === 'change in loss').customdata)"
    )
    assert true_change == lab.kernel(f"w.history.change[:{count}]")
    assert lab.plot_data("suggestion")["x"] == [lab.kernel("w.pick.lr")]
    assert q.unchanged(lab)
    assert lab.kernel("optimizer.param_groups[0]['lr']") == 0.01


def test_the_rate_axis_spans_the_whole_range_from_the_start(lab: Lab) -> None:
    q.open_widget(lab, "start_lr=1e-5", "end_lr=1.0")
    low, high = lab.layout()["xaxis"]["range"]
    assert low < -5 < 0 < high


def test_the_kernel_answers_another_cell_while_it_sweeps(lab: Lab) -> None:
    q.open_widget(lab, q.SLOW, more=("answer = (6 * 7, w.state, len(w.history))\nprint(answer)",))
    q.press(lab, "Run")
    lab.wait_points("loss", 5)
    lab.run_cell(2)
    number, state, count = lab.kernel("answer")
    assert (number, state) == (42, "running")
    assert 5 <= count < 100
    lab.kernel_run("w.stop()")


def test_stop_ends_within_one_step(lab: Lab) -> None:
    q.open_widget(lab, q.SLOW)
    q.press(lab, "Run")
    lab.wait_points("loss", 10)
    q.press(lab, "Stop")
    lab.wait_kernel("w.state == 'finished'")
    assert lab.kernel("w.stop_reason") == "stopped"
    assert lab.kernel("len(w.history)") < 60
    expect(q.status(lab)).to_contain_text("Stopped at step")
    assert q.unchanged(lab)


def test_pause_holds_and_resume_goes_on_with_the_same_sweep(lab: Lab) -> None:
    q.open_widget(lab, q.SLOW)
    q.press(lab, "Run")
    lab.wait_points("loss", 5)
    q.press(lab, "Pause")
    lab.wait_kernel("w.state == 'paused'")
    expect(q.status(lab)).to_contain_text("Paused")
    expect(q.button(lab, "Resume")).to_be_enabled()
    held = lab.kernel("(__import__('time').sleep(0.3), len(w.history))[1]")
    assert lab.kernel("(__import__('time').sleep(0.3), len(w.history))[1]") == held
    q.press(lab, "Resume")
    lab.wait_kernel(f"len(w.history) > {held} + 3")
    q.press(lab, "Stop")
    lab.wait_kernel("w.state == 'finished'")
    q.wait_complete(lab)
    assert lab.plot_data("loss")["y"] == lab.kernel("w.history.loss")


FAILING = """
class Unwell(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner, self.calls, self.limit = inner, 0, 40
    def forward(self, x):
        self.calls += 1
        if self.calls > self.limit:
            raise RuntimeError("<b>out of order</b> at call 41")
        return self.inner(x)
model = Unwell(model)
before = copy.deepcopy(model.state_dict())
"""


def test_a_failing_model_is_reported_and_run_works_again(lab: Lab) -> None:
    lab.open_cells(q.setup() + FAILING, q.widget())
    lab.run_all()
    lab.wait_plot()
    q.press(lab, "Run")
    lab.wait_kernel("w.state == 'failed'")
    expect(q.status(lab)).to_contain_text("RuntimeError: <b>out of order</b> at call 41")
    expect(q.status(lab)).to_contain_text("Everything was restored")
    assert "<b>out of order</b>" in q.status(lab).inner_text(), "an error's text became markup"
    q.wait_complete(lab)
    assert 0 < shown_points(lab) < 40
    assert q.unchanged(lab)
    assert lab.kernel("type(w.error).__name__") == "RuntimeError"
    lab.kernel_run("model.limit = 10**9")
    q.press(lab, "Run")
    lab.wait_kernel("w.state == 'finished'", timeout=60)
    assert lab.kernel("w.error is None and w.suggested_lr > 0")
    assert q.unchanged(lab)


def test_a_bad_field_is_told_and_loses_nothing(lab: Lab) -> None:
    q.open_widget(lab, "num_iter=40")
    q.run_to_end(lab)
    points = lab.kernel("len(w.history)")
    q.open_settings(lab)
    start = lab.page.get_by_label("Start", exact=True)
    start.fill("100")
    start.press("Enter")
    q.press(lab, "Run")
    expect(lab.page.locator(".lrwidget")).to_contain_text("Start must be below End, which is 10.")
    assert lab.kernel("w.state") == "finished"
    assert shown_points(lab) == points
    start.fill("1e-6")
    start.press("Enter")
    q.run_to_end(lab)
    assert lab.kernel("w.history.lr[0]") == 1e-6


def test_run_again_starts_a_new_curve_and_draws_the_same_one(lab: Lab) -> None:
    q.open_widget(lab, "num_iter=40")
    q.run_to_end(lab)
    first = lab.kernel("w.history.loss")
    q.press(lab, "Run")
    lab.wait_kernel("w.history.started_at is not None and w.wait(0)", timeout=60)
    lab.wait_kernel("w.state == 'finished'")
    q.wait_complete(lab)
    assert lab.plot_data("loss")["y"] == lab.kernel("w.history.loss") == first


def test_undo_keeps_the_curve_and_clear_empties_the_figure(lab: Lab) -> None:
    q.open_widget(lab, "num_iter=30")
    q.run_to_end(lab)
    q.press(lab, "Accept")
    lab.wait_kernel("w.state == 'accepted'")
    q.press(lab, "Undo")
    lab.wait_kernel("w.state == 'finished'")
    assert lab.kernel("optimizer.param_groups[0]['lr']") == 0.01
    assert shown_points(lab) == lab.kernel("len(w.history)")
    q.press(lab, "Accept")
    lab.wait_kernel("w.state == 'accepted'")
    q.choose(lab, "Clear")
    lab.wait_kernel("w.state == 'idle'")
    lab.page.wait_for_function("labTools.plot(0).data[0].x.length === 0")
    assert lab.kernel("optimizer.param_groups[0]['lr']") == 0.01
    assert lab.kernel("w.history is None and w.lr is None")
    expect(q.marker(lab)).to_be_hidden()


def test_a_blocking_run_draws_live_and_stop_works(lab: Lab) -> None:
    q.open_widget(lab, q.SLOW, more=("history = w.run()",))
    lab.run_cell(2, wait=False)
    lab.wait_points("loss", 10)
    assert lab.kernel("w.state", aside=True) == "running"
    q.press(lab, "Stop")
    lab.wait_cell(2)
    assert lab.kernel("(w.state, w.stop_reason, len(history) < 90)") == ["finished", "stopped", True]
    assert q.unchanged(lab)


def test_the_kernels_interrupt_ends_a_blocking_run_cleanly(lab: Lab) -> None:
    q.open_widget(lab, q.SLOW, more=("history = w.run()",))
    lab.run_cell(2, wait=False)
    lab.wait_points("loss", 10)
    lab.command("notebook:interrupt-kernel")
    lab.wait_cell(2)
    assert lab.kernel("(w.state, w.stop_reason)") == ["finished", "interrupted"]
    q.wait_complete(lab)
    expect(q.status(lab)).to_contain_text("Interrupted at step")
    assert q.unchanged(lab)


def test_even_the_cell_that_first_displays_it_draws_live_and_can_be_stopped(lab: Lab) -> None:
    lab.open_cells(q.setup(), q.widget(q.SLOW).removesuffix("w") + "history = w.run()")
    lab.run_cell(0)
    lab.run_cell(1, wait=False)
    lab.wait_plot()
    lab.wait_points("loss", 10)
    assert shown_points(lab) < 80
    q.press(lab, "Stop")
    lab.wait_cell(1)
    assert lab.kernel("w.stop_reason") == "stopped"
    assert q.unchanged(lab)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_diverging_tail_does_not_flatten_the_descent(lab: Lab, theme: str) -> None:
    q.open_widget(lab, "diverge_th=1e30")
    lab.theme(theme)
    q.run_to_end(lab)
    losses = np.array(lab.kernel("w.history.loss"))
    low, high = lab.layout()["yaxis"]["range"]
    start = float(np.median(losses[:15]))
    assert losses.max() > 3 * start
    assert low < losses.min()
    assert start < high < 3 * start
    colour = lab.layout()["font"]["color"]
    assert (colour > "#888888") == (theme == "dark")


def test_the_quickstart_waits_for_accept_and_goes_on(lab: Lab) -> None:
    lab.open_cells(q.setup(), q.widget("num_iter=40"), q.source("accept"), "after = lr")
    lab.run_all(wait=False)
    lab.wait_plot()
    q.press(lab, "Run")
    lab.wait_kernel("w.state == 'finished'", aside=True)
    expect(q.button(lab, "Accept")).to_be_enabled()
    q.press(lab, "Accept")
    lab.wait_cell(None)
    assert lab.kernel("after == w.accepted_lr == optimizer.param_groups[0]['lr']")


def test_a_saved_notebook_shows_the_result_without_widgets(lab: Lab) -> None:
    q.open_widget(lab, "num_iter=40")
    q.run_to_end(lab)

    def saved() -> list[str]:
        return ["".join(output["data"].get("text/html", "")) for output in lab.cell_outputs(1)]

    def wait_saved(text: str) -> None:
        lab._wait(lambda: any(text in each for each in saved()), f"{text!r} is saved", 30)
        (kept,) = [each for each in saved() if text in each]
        assert "data:image/svg+xml" in kept
        assert "Learning-rate range test" in kept
        assert len(kept) < 50_000

    wait_saved("the loss falls fastest here")
    q.press(lab, "Accept")
    wait_saved("Your optimizer now holds")
    expect(lab.page.locator(".lrwidget-static")).to_be_hidden()
    lab.reload()
    lab.wait_plot()
    expect(lab.page.locator(".lrwidget-static")).to_be_hidden()
    # The page has not seen the output being made, and the file has the newest result all the same.
    lab.page.evaluate("window.shown = document.querySelector('.lrwidget')")
    q.press(lab, "Undo")
    lab.wait_kernel("w.state == 'finished'")
    lab.kernel_run("w.rule = 'knee'")
    wait_saved("half of the descent takes 3 steps at this rate")
    lab.kernel_run("w.lr = 0.0123")
    wait_saved("0.0123: your choice")
    assert lab.page.evaluate("shown === document.querySelector('.lrwidget')"), "the widget was drawn anew"
    lab.command("docmanager:save")
    text = (lab.server.notebooks / lab.path).read_text("utf-8")
    assert "0.0123: your choice" in text
    assert len(text) < 150_000
    lab.kernel_run("w.close()")
    expect(lab.page.locator(".lrwidget-static")).to_be_visible()


def test_what_is_saved_is_shown_where_this_widget_is_dead_though_another_one_lives(lab: Lab) -> None:
    q.open_widget(lab, "num_iter=30", more=("w2 = LRWidget(model, optimizer, criterion, train_loader)\nw2",))
    q.run_to_end(lab)
    lab.run_cell(2)
    lab.kernel_run("first = w; w.close()")
    static = lab.page.locator(".lrwidget-static")
    expect(static.first).to_be_visible()
    expect(static.first).to_contain_text("the loss falls fastest here")
    expect(static.nth(1)).to_be_hidden()
