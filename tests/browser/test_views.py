"""Pages come and go: reload, a second view, the cell run again, the kernel restarted."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser import quickstart as q
from tests.browser.lab import Lab


def test_a_reload_in_mid_sweep_and_after_it_loses_no_point(lab: Lab) -> None:
    q.open_widget(lab, q.SLOW)
    q.press(lab, "Run")
    lab.wait_points("loss", 10)
    lab.reload()
    lab.wait_plot()
    lab.wait_points("loss", 11)
    middle = len(lab.plot_data("loss")["x"])
    assert lab.kernel("w.state") == "running", f"the sweep was over too soon, at {middle} points"
    lab.wait_kernel("w.state == 'finished'", timeout=60)
    q.wait_complete(lab)
    expect(q.marker(lab)).to_be_visible()
    assert lab.plot_data("loss") == lab.kernel("{'x': w.history.lr, 'y': w.history.loss}")

    lab.reload()
    lab.wait_plot()
    q.wait_complete(lab)
    assert lab.plot_data("loss") == lab.kernel("{'x': w.history.lr, 'y': w.history.loss}")
    expect(q.marker(lab)).to_be_visible()
    q.press(lab, "Accept")
    lab.wait_kernel("w.state == 'accepted'")


def test_two_views_of_one_widget_show_and_do_the_same(lab: Lab) -> None:
    q.open_widget(lab, q.SLOW, more=("w",))
    q.press(lab, "Run")
    lab.wait_points("loss", 10)
    lab.run_cell(2)
    lab.wait_plot(nth=1)
    lab.wait_points("loss", 11, nth=1)
    lab.page.get_by_role("button", name="Stop", exact=True).nth(1).click()
    lab.wait_kernel("w.state == 'finished'")
    q.wait_complete(lab)
    q.wait_complete(lab, nth=1)
    assert (
        lab.plot_data("loss")
        == lab.plot_data("loss", nth=1)
        == lab.kernel("{'x': w.history.lr, 'y': w.history.loss}")
    )
    lab.kernel_run("w.lr = 0.02")
    for nth in (0, 1):
        slider = lab.page.get_by_role("slider", name="Learning rate marker").nth(nth)
        expect(slider).to_have_attribute("aria-valuetext", "0.02")


def test_a_widget_in_a_container_is_drawn_and_so_is_one_whose_cell_goes_on_to_sweep(lab: Lab) -> None:
    inside = q.widget().removesuffix("\nw") + "\nimport ipywidgets\nipywidgets.VBox([w])"
    lab.open_cells(q.setup(), inside)
    lab.run_all()
    lab.wait_plot()  # nobody displayed it: the page has asked for what it needs
    q.run_to_end(lab)
    q.wait_complete(lab)
    lab.open_cells(q.setup(), inside.replace("ipywidgets.VBox", "display(ipywidgets.VBox") + ")\nw.run();")
    lab.run_all()
    q.wait_complete(lab)
    expect(q.marker(lab)).to_be_visible()


def test_running_the_cell_again_ends_the_old_sweep_and_gives_a_fresh_widget(lab: Lab) -> None:
    q.open_widget(lab, q.SLOW)
    q.press(lab, "Run")
    lab.wait_points("loss", 10)
    lab.kernel_run("old = w")
    lab.run_cell(1)
    lab.wait_plot()
    assert lab.kernel("(old is not w, old.state, old.stop_reason)") == [True, "finished", "stopped"]
    assert q.unchanged(lab)
    assert lab.kernel("w.state") == "idle"
    q.press(lab, "Run")
    lab.wait_kernel("w.state == 'running'")
    q.press(lab, "Stop")
    lab.wait_kernel("w.state == 'finished'")


def test_a_restarted_kernel_leaves_a_page_that_can_start_over(lab: Lab) -> None:
    q.open_widget(lab, q.SLOW)
    q.press(lab, "Run")
    lab.wait_points("loss", 10)
    lab.restart_kernel()
    lab.run_cell(0)
    lab.run_cell(1)
    lab.wait_plot()
    lab.page.wait_for_function("labTools.plot(0).data[0].x.length === 0")
    q.press(lab, "Run")
    lab.wait_kernel("w.state == 'running'")
    lab.wait_points("loss", 5)
    q.press(lab, "Stop")
    lab.wait_kernel("w.state == 'finished'")
