"""The page's controls in a real browser, on the harness page: no Jupyter, no kernel."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.front.scenes import MEASURE, RATE, WIDTHS, Scene, found

pytestmark = pytest.mark.browser

SCENES = (
    "idle",
    "running",
    "paused",
    "finished",
    "moved",
    "failed",
    "accepted",
    "refused",
    "notes",
    "metric",
    "bounds",
    "list",
    "deaf",
    "runs",
    "runs running",
    "many runs",
    "trying",
    "trying paused",
    "tried",
    "tried early",
    "extendable",
)


# -- presses --------------------------------------------------------------------------------------


def test_a_double_click_on_run_does_not_press_pause(scene: Callable[..., Scene]) -> None:
    at = scene("idle", latency=5)
    run = at.button("Run").bounding_box()
    assert run
    x, y = run["x"] + run["width"] / 2, run["y"] + run["height"] / 2
    at.page.mouse.click(x, y)
    at.until_state("running")
    at.page.mouse.down(click_count=2)
    at.page.mouse.up(click_count=2)
    at.page.wait_for_function("kernel.state.progress.step > 5")
    assert [said["name"] for said in at.taken()] == ["run"]


def test_an_impatient_hand_means_it_once(scene: Callable[..., Scene]) -> None:
    at = scene("idle", latency=200)
    for _ in range(4):
        at.button("Run").click()
    at.until_state("running")
    assert [said["name"] for said in at.taken()] == ["run"]


def test_run_again_does_not_slip_under_a_hand_that_is_about_to_press_pause(
    scene: Callable[..., Scene],
) -> None:
    at = scene("running", latency=5)
    at.button("Pause").hover()
    at.page.evaluate(
        """() => {
          const end = () => kernel.set({ state: "finished" });
          new MutationObserver(([change], observer) => {
            observer.disconnect();
            window.clicked = true;
            setTimeout(() => document.querySelector(".lrw-run").click(), 50);
          }).observe(document.querySelector(".lrwidget"), { attributeFilter: ["data-state"] });
          end();
        }"""
    )
    at.page.wait_for_function("window.clicked")
    at.page.mouse.down()
    at.page.mouse.up()
    at.until_state("finished")
    at.button("Run").click()  # which waits until it can be pressed
    at.until_state("running")
    assert [said["name"] for said in at.taken()] == ["run"]


def test_pause_answers_soon_to_who_means_it(scene: Callable[..., Scene]) -> None:
    at = scene("idle", latency=5)
    at.button("Run").click()
    at.button("Pause").click()
    at.until_state("paused")
    at.button("Resume").click()
    at.until_state("running")
    assert [said["name"] for said in at.taken()] == ["run", "pause", "resume"]


def test_a_press_means_what_stood_there_when_the_hand_went_down(scene: Callable[..., Scene]) -> None:
    at = scene("paused", latency=5)
    at.button("Resume").hover()
    at.page.mouse.down()
    at.page.evaluate("kernel.set({ state: 'running' })")
    at.until_state("running")
    at.page.mouse.up()
    at.page.wait_for_function("kernel.state.progress.step > 62")
    assert at.taken() == []


def test_a_key_that_is_held_is_one_press(scene: Callable[..., Scene]) -> None:
    at = scene("idle", latency=5)
    at.button("Run").focus()
    for _ in range(10):
        at.page.keyboard.down("Enter")  # after the first a repetition
    at.page.keyboard.up("Enter")
    at.until_state("running")
    assert [said["name"] for said in at.taken()] == ["run"]


def test_accept_takes_what_stands_in_the_field(scene: Callable[..., Scene]) -> None:
    at = scene("finished")
    at.rate.fill("0,0031")
    at.button("Accept").click()
    assert at.until_taken("accept") == [{"name": "accept", "lr": 0.0031}]
    expect(at.rate).to_have_value("0.0031")
    expect(at.button("Accept")).to_have_text("Accepted")


def test_accept_can_be_pressed_as_soon_as_a_rate_is_typed(scene: Callable[..., Scene]) -> None:
    at = scene("accepted")
    expect(at.button("Accept")).to_have_text("Accepted")
    at.rate.fill("0.5")
    expect(at.button("Accept")).to_have_text("Accept")
    at.button("Accept").click()
    assert at.until_taken("accept") == [{"name": "accept", "lr": 0.5}]


def test_accept_takes_nothing_that_is_no_rate(scene: Callable[..., Scene]) -> None:
    at = scene("finished")
    before = at.rate.input_value()
    for wrong in ("abc", "0", "-1e-3", "1e999", "1,2,3"):
        at.rate.fill(wrong)
        at.button("Accept").click()
        expect(at.rate).to_have_attribute("aria-invalid", "true")
        expect(at.rate).to_be_focused()
        expect(at.rate).to_have_value(wrong)  # what was typed is not lost
        described = at.rate.get_attribute("aria-describedby")
        expect(at.page.locator(f"#{described}")).to_contain_text("number above 0")
    at.page.keyboard.press("Escape")
    expect(at.rate).to_have_value(before)
    expect(at.rate).not_to_have_attribute("aria-invalid", "true")
    assert at.taken() == []


def test_shift_enter_is_the_notebooks_and_presses_nothing(scene: Callable[..., Scene]) -> None:
    at = scene("finished")
    at.page.evaluate(
        """() => {
          window.heard = [];
          document.addEventListener("keydown", (event) => {
            const kept = event.target.hasAttribute("data-lm-suppress-shortcuts");
            window.heard.push(`${event.shiftKey ? "Shift+" : ""}${event.key} ${kept ? "ours" : "notebook"}`);
          }, { capture: true });
        }"""
    )
    at.button("Accept").focus()
    at.page.keyboard.press("Shift+Enter")
    assert at.taken() == []
    at.page.keyboard.press("Enter")
    at.until_taken("accept")
    at.rate.focus()
    at.page.keyboard.press("d")
    heard = at.page.evaluate("window.heard")
    assert [key for key in heard if not key.startswith("Shift ")] == [
        "Shift+Shift notebook",
        "Shift+Enter notebook",
        "Enter ours",
        "d ours",
    ]


# -- the focus ------------------------------------------------------------------------------------


def test_the_focus_stays_through_a_sweep_by_keyboard(scene: Callable[..., Scene]) -> None:
    at = scene("idle", latency=5, points=40)
    at.button("Run").focus()
    at.page.keyboard.press("Enter")
    at.until_state("running")
    assert at.focus() == "Pause"
    at.page.keyboard.press("Tab")
    assert at.focus() == "Stop"
    at.page.wait_for_function("kernel.state.progress.step > 20")
    at.page.keyboard.press("Space")
    at.until_state("finished")
    assert at.focus() == "Run"  # Stop has gone
    at.page.keyboard.press("Tab")
    assert at.focus() == RATE
    at.page.keyboard.press("ArrowUp")
    at.until_taken("move")
    assert at.focus() == RATE
    at.page.keyboard.press("Tab")
    at.page.keyboard.press("Enter")
    at.until_state("accepted")
    assert at.focus() == "Accept"
    expect(at.button("Accept")).to_have_attribute("aria-disabled", "true")
    at.page.keyboard.press("Enter")  # says nothing, and the focus stays
    at.page.keyboard.press("Shift+Tab")
    at.page.keyboard.press("Shift+Tab")
    assert at.focus() == "Undo"
    at.page.keyboard.press("Enter")
    at.until_state("finished")
    assert at.focus() == "Accept"  # Undo has gone
    assert len(at.taken("accept")) == 1


def test_the_suggestion_gives_its_focus_to_the_field(scene: Callable[..., Scene]) -> None:
    at = scene("moved")
    back = at.page.get_by_role("button", name="Back to the suggestion")
    back.focus()
    at.page.keyboard.press("Enter")
    expect(at.rate).to_have_value("0.01")
    assert at.until_taken("move") == [{"name": "move", "lr": None}]
    expect(back).to_be_hidden()
    assert at.focus() == RATE


# -- fields ---------------------------------------------------------------------------------------


def test_a_field_is_not_written_over_under_the_hands(scene: Callable[..., Scene]) -> None:
    at = scene("finished")
    at.page.locator("summary").click()
    start = at.page.get_by_label("Start", exact=True)
    start.fill("1e-")
    at.rate.fill("0.0")
    start.fill("1e-5")
    at.page.evaluate(
        "kernel.set({ plan: { ...kernel.state.plan, start_lr: 1e-6, end_lr: 5 },"
        " choice: { ...kernel.state.choice, lr: 0.5 } })"
    )
    expect(at.page.get_by_label("End", exact=True)).to_have_value("5")
    expect(start).to_have_value("1e-5")
    start.press("Escape")
    expect(start).to_have_value("1e-6")
    expect(at.rate).to_have_value("0.5")  # what was left there was no rate, and the marker has moved since


def test_the_field_follows_the_marker(scene: Callable[..., Scene]) -> None:
    at = scene("finished", figure=True)
    marker = at.page.get_by_role("slider", name="Learning rate marker")
    marker.focus()
    for _ in range(3):
        at.page.keyboard.press("ArrowRight")
    text = marker.get_attribute("aria-valuetext")
    assert text != "0.01"
    expect(at.rate).to_have_value(str(text))
    at.rate.focus()
    for _ in range(3):
        at.page.keyboard.press("ArrowDown")
    expect(marker).to_have_attribute("aria-valuetext", at.rate.input_value())
    expect(at.rate).to_have_value("0.01")


def test_what_run_will_sweep_is_checked_as_a_whole(scene: Callable[..., Scene]) -> None:
    at = scene("idle")
    at.page.locator("summary").click()
    start, end, steps = (at.page.get_by_label(name, exact=True) for name in ("Start", "End", "Steps"))
    start.fill("20")
    start.press("Enter")
    expect(start).to_have_attribute("aria-invalid", "true")
    at.page.locator("summary").click()
    at.button("Run").click()  # opens what is wrong, and runs nothing
    expect(start).to_be_focused()
    assert at.taken() == []
    end.fill("500")
    end.press("Enter")
    expect(start).not_to_have_attribute("aria-invalid", "true")
    assert at.until_taken("plan") == [{"name": "plan", "start_lr": 20, "end_lr": 500}]
    steps.fill("1.5")
    steps.press("Enter")
    expect(steps).to_have_attribute("aria-invalid", "true")
    steps.fill("50")
    at.button("Run").click()
    assert at.until_taken("run") == [{"name": "run", "start_lr": 20, "end_lr": 500, "num_iter": 50}]
    for field in (start, end, steps):
        expect(field).not_to_be_editable()


def test_all_views_agree(scene: Callable[..., Scene]) -> None:
    at = scene("finished", views=2)
    for summary in at.page.locator("summary").all():
        summary.click()
    first, second = at.page.locator(".lrwidget").all()
    first.get_by_label("Steps", exact=True).fill("77")
    first.get_by_label("Steps", exact=True).press("Enter")
    first.get_by_label("Rule").select_option("knee")
    first.get_by_label("Smoothing").fill("0.5")
    first.get_by_role("button", name="Bounds").click()
    first.get_by_role("spinbutton", name=RATE).fill("0.02")
    first.get_by_role("button", name="Accept").click()
    expect(second.get_by_label("Steps", exact=True)).to_have_value("77")
    expect(second.get_by_label("Rule")).to_have_value("knee")
    expect(second.get_by_label("Smoothing")).to_have_value("0.5")
    expect(second.get_by_role("button", name="Bounds")).to_have_attribute("aria-pressed", "true")
    expect(second.get_by_role("spinbutton", name=RATE)).to_have_value("0.02")
    expect(second.get_by_role("button", name="Accept")).to_have_text("Accepted")


# -- the menu -------------------------------------------------------------------------------------


def test_the_menu_by_keyboard(scene: Callable[..., Scene]) -> None:
    at = scene("finished")
    more = at.button("More")
    more.focus()
    at.page.keyboard.press("ArrowDown")
    expect(more).to_have_attribute("aria-expanded", "true")
    expect(at.page.get_by_role("menuitemcheckbox", name="Bounds")).to_be_focused()
    at.page.keyboard.press("ArrowUp")
    expect(at.page.get_by_role("menuitem", name="Clear")).to_be_focused()
    at.page.keyboard.press("k")
    expect(at.page.get_by_role("menuitem", name="Keyboard help")).to_be_focused()
    at.page.keyboard.press("Escape")
    expect(more).to_be_focused()
    expect(more).to_have_attribute("aria-expanded", "false")
    at.page.keyboard.press("Enter")
    at.page.keyboard.press("End")
    at.page.keyboard.press("ArrowUp")
    at.page.keyboard.press("Enter")
    dialog = at.page.get_by_role("dialog", name="Keyboard and mouse")
    expect(dialog).to_be_visible()
    at.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(more).to_be_focused()


@pytest.mark.parametrize("width", [320, 900])
def test_the_menu_opens_inward_and_closes_beside_it(scene: Callable[..., Scene], width: int) -> None:
    at = scene("finished", width=width)
    more = at.button("More")
    more.click()
    menu, root = at.place("[role=menu]"), at.place(".lrwidget")
    assert menu["left"] >= root["left"]
    assert menu["right"] <= root["right"]
    assert menu["bottom"] <= 700
    at.page.mouse.click(10, 650)
    expect(more).to_have_attribute("aria-expanded", "false")
    more.click()
    more.click()
    expect(more).to_have_attribute("aria-expanded", "false")


def test_a_menu_with_little_room_is_scrolled(scene: Callable[..., Scene]) -> None:
    at = scene("finished")
    at.page.set_viewport_size({"width": 932, "height": 240})
    at.button("More").click()
    menu = at.place("[role=menu]")
    assert menu["top"] >= 0
    assert menu["bottom"] <= 240
    at.page.keyboard.press("End")
    expect(at.page.get_by_role("menuitem", name="Clear")).to_be_focused()


def test_a_page_that_may_not_copy_shows_what_to_copy(scene: Callable[..., Scene]) -> None:
    at = scene("finished")
    at.page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new DOMException('no')); }"
    )
    at.button("More").click()
    at.page.get_by_role("menuitem", name="Copy rate").click()
    field = at.page.get_by_role("textbox", name="The learning rate")
    expect(field).to_be_focused()
    expect(field).to_have_value("0.01")
    assert at.page.evaluate("document.activeElement.selectionEnd") == 4


def test_copying_the_code(scene: Callable[..., Scene], page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    at = scene("finished")
    at.button("More").click()
    at.page.get_by_role("menuitem", name="Copy code").click()
    expect(at.page.get_by_text("Copied")).to_be_visible()
    assert at.page.evaluate("navigator.clipboard.readText()").startswith("for group in")


@pytest.mark.parametrize("kind", ["PNG", "SVG", "CSV", "JSON"])
def test_exporting(scene: Callable[..., Scene], kind: str) -> None:
    at = scene("finished", figure=kind in ("PNG", "SVG"))
    at.button("More").click()
    with at.page.expect_download() as waiting:
        at.page.get_by_role("menuitem", name=f"Export {kind}").click()
    assert waiting.value.suggested_filename == f"lr-range-test-1.{kind.lower()}"
    begins = {"PNG": b"\x89PNG", "SVG": b"<svg"}.get(kind, b"{}")
    assert waiting.value.path().read_bytes().startswith(begins)


def test_the_points_as_a_table(scene: Callable[..., Scene]) -> None:
    at = scene("metric", points=250)
    at.page.wait_for_function("kernel.pages.size > 0")
    at.button("More").click()
    at.page.get_by_role("menuitem", name="Table of points").click()
    table = at.page.get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(101)
    expect(table.get_by_role("columnheader")).to_have_count(7)
    expect(table).to_contain_text("100 of 250 points")
    expect(table.get_by_role("rowheader").first).to_have_text("1e-7")
    expect(table.get_by_role("rowheader").last).to_have_text("10")


# -- what is told ---------------------------------------------------------------------------------


def test_only_changes_of_state_are_announced(scene: Callable[..., Scene]) -> None:
    at = scene("idle", latency=5, points=40)
    at.page.evaluate(
        """() => {
          window.told = [];
          const region = document.querySelector("[role=status]");
          new MutationObserver(() => window.told.push(region.textContent))
            .observe(region, { childList: true, characterData: true, subtree: true });
        }"""
    )
    at.button("Run").click()
    at.until_state("finished")
    told = at.page.evaluate("window.told")
    assert len(told) == 2, told
    assert told[0] == "The sweep is running."
    assert at.page.get_by_role("status").count() == 1


def test_a_kernel_that_does_not_answer_is_said_to_be_waited_for(scene: Callable[..., Scene]) -> None:
    at = scene("waiting")
    at.button("Accept").click()
    expect(at.page.get_by_text("Waiting for the kernel to answer: Accept.")).to_be_visible()


def test_a_refusal_is_shown_with_its_reason_once(scene: Callable[..., Scene]) -> None:
    at = scene("refused")
    at.button("Accept").click()
    expect(at.page.get_by_text("Nothing was written: the optimizer")).to_have_count(1)
    expect(at.button("Accept")).to_have_text("Accept")


# -- places ---------------------------------------------------------------------------------------


def test_no_control_changes_its_place(scene: Callable[..., Scene]) -> None:
    """Whatever the state, a button that is there is where it always is, in its row, and within the view."""
    places: dict[tuple[int, str], set[tuple[int, int, int]]] = {}
    heights: dict[int, set[int]] = {}
    figures: dict[int, dict[int, list[str]]] = {}
    trials = ("trying", "trying paused", "tried", "tried early")
    for name in ("idle", "running", "paused", "finished", "moved", "failed", "accepted", *trials):
        at = scene(name)
        if name == "accepted":  # and the marker moved away since: all that there ever is
            at.page.evaluate("kernel.set({ choice: { ...kernel.state.choice, lr: 0.5 } })")
            expect(at.rate).to_have_value("0.5")
        for width in WIDTHS:
            measured = at.page.evaluate(MEASURE, width)
            heights.setdefault(width, set()).add(measured["height"])
            if name != "failed":  # what is told of the error may take another line
                figures.setdefault(width, {}).setdefault(measured["figure"], []).append(name)
            assert measured["outside"] == [], f"{name} at {width}"
            for kind, place in measured["buttons"].items():
                places.setdefault((width, kind), set()).add(tuple(place))
    kinds = ("run", "stop", "suggestion", "undo", "accept", "try", "more")
    assert set(places) == {(width, f"lrw-{kind}") for width in WIDTHS for kind in kinds}
    assert {kind: where for kind, where in places.items() if len(where) > 1} == {}
    assert heights == {width: {28 if width >= 560 else 64} for width in WIDTHS}
    assert {width: tops for width, tops in figures.items() if len(tops) > 1} == {}, "the figure jumps"


# -- where it stands ------------------------------------------------------------------------------


def test_what_a_notebook_saved_is_hidden_while_this_widget_is_alive(scene: Callable[..., Scene]) -> None:
    at = scene("finished")
    at.page.evaluate(
        """() => {
          kernel.traits._id = "0123abc";
          for (const id of ["0123abc", "other"]) {
            const area = document.createElement("div");
            area.className = "jp-OutputArea-child";
            area.innerHTML = `<p>Out</p><div class="lrwidget-of-${id}">saved ${id}</div>`;
            document.body.append(area);
          }
          const el = document.createElement("div");
          document.body.append(el);
          window.end = new AbortController();
          widget.render({ model: kernel.model, el, signal: window.end.signal });
        }"""
    )
    expect(at.page.get_by_text("saved 0123abc")).to_be_hidden()
    expect(at.page.get_by_text("Out").first).to_be_hidden()
    expect(at.page.get_by_text("saved other")).to_be_visible()
    expect(at.page.locator(".lrwidget")).to_have_count(2)
    at.page.evaluate("window.end.abort()")
    expect(at.page.get_by_text("saved 0123abc")).to_be_visible()
    expect(at.page.locator(".lrwidget")).to_have_count(1)


def test_it_is_dressed_in_a_shadow_root_too(scene: Callable[..., Scene]) -> None:
    at = scene("finished")
    at.page.evaluate(
        """async () => {
          kernel.traits._css = await (await fetch("/lrwidget/widget/front/style.css")).text();
          const host = document.createElement("div");
          host.id = "host";
          document.querySelector("main").replaceChildren(host);
          const el = document.createElement("div");
          host.attachShadow({ mode: "open" }).append(el);
          document.querySelector("link").remove();
          widget.render({ model: kernel.model, el, signal: new AbortController().signal });
        }"""
    )
    accept = at.button("Accept")
    assert accept.evaluate("(el) => getComputedStyle(el).color") == "rgb(255, 255, 255)"
    at.rate.fill("0.03")
    accept.focus()
    at.page.keyboard.press("Enter")
    assert at.until_taken("accept") == [{"name": "accept", "lr": 0.03}]
    expect(accept).to_have_text("Accepted")
    expect(accept).to_be_focused()


def test_the_style_of_a_host_does_not_get_in(scene: Callable[..., Scene]) -> None:
    at = scene("notes")

    def places() -> list[dict[str, float]]:
        root = at.place(".lrwidget")
        corner = {"left": root["left"], "top": root["top"], "right": root["left"], "bottom": root["top"]}
        parts = ("run", "rate", "accept", "more", "headline", "text", "notes")
        boxes = [at.place(f".lrw-{name}") for name in parts]
        return [{side: box[side] - corner[side] for side in box} for box in boxes]

    before = places()
    at.page.add_style_tag(
        content="""
        button, input, select { margin: 9px; padding: 9px; border: 9px solid; font: 30px serif; width: 100%; }
        button { background: red; } label { display: block; margin: 20px; font-size: 30px; }
        .output_area button, main div button, main input[type=text] { height: 90px; float: left; }
        svg, img { display: block; vertical-align: middle; } * { white-space: pre; box-sizing: content-box; }
        span, b, strong, li, ul, summary { margin: 7px; font-size: 30px; line-height: 3; }
        """
    )
    assert places() == before


# -- access ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCENES)
def test_axe_finds_nothing(scene: Callable[..., Scene], name: str) -> None:
    figure = name in ("metric", "moved", "bounds", "runs", "tried early")
    at = scene(name, figure=figure)
    if name == "refused":
        at.button("Accept").click()
        expect(at.page.locator(".is-refused")).to_be_visible()
    at.page.locator("summary").click()
    if figure:
        at.page.wait_for_selector(".main-svg")
    for theme in ("light", "dark"):
        at.page.evaluate("(dark) => document.body.classList.toggle('dark', dark)", theme == "dark")
        at.page.wait_for_function(
            "(theme) => document.querySelector('.lrwidget').dataset.theme === theme", arg=theme
        )
        assert "\n".join(found(at.page)) == ""


def test_axe_finds_nothing_in_menu_and_sheets(scene: Callable[..., Scene]) -> None:
    at = scene("metric", theme="dark")
    at.button("More").click()
    assert "\n".join(found(at.page)) == ""
    at.page.get_by_role("menuitem", name="Table of points").click()
    assert "\n".join(found(at.page)) == ""
    at.page.keyboard.press("Escape")
    at.button("More").click()
    at.page.get_by_role("menuitem", name="Keyboard help").click()
    assert "\n".join(found(at.page)) == ""
    at.page.keyboard.press("Escape")
    at.rate.fill("x")
    at.rate.press("Enter")
    assert "\n".join(found(at.page)) == ""
