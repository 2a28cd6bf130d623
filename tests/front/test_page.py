"""The page's code in a real browser, with a made-up kernel: what only a page can show."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


class Scene:
    """One page with a made-up kernel."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.troubles: list[str] = []
        page.on("console", lambda said: self.troubles.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))

    def open(self, scene: str, **options: object) -> None:
        asked = "&".join(f"{name}={value}" for name, value in {"scene": scene, **options}.items())
        self.page.goto(f"{self.address}/?{asked}")
        self.wait("window.ready")

    def wait(self, condition: str) -> None:
        self.page.wait_for_function(condition)


@pytest.fixture
def scene(browser: Browser, address: str) -> Iterator[Scene]:
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    scene = Scene(page, address)
    yield scene
    page.close()
    assert scene.troubles == []


@pytest.mark.parametrize("built", [{}, {"built": 1}], ids=["sources", "built"])
def test_a_press_reaches_the_kernel_and_its_answer_the_page(scene: Scene, built: dict[str, int]) -> None:
    scene.open("finished", **built)
    loaded = scene.page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    assert any(name.endswith("static/widget.js") for name in loaded) == bool(built)
    field = scene.page.get_by_role("spinbutton", name="Learning rate").or_(
        scene.page.get_by_role("textbox", name="Learning rate")
    )
    field.fill("0.0042")
    scene.page.get_by_role("button", name="Accept").click()
    scene.wait("kernel.state.choice.accepted_lr === 0.0042")
    scene.page.get_by_role("button", name="Undo").click()
    scene.wait("kernel.state.state === 'finished'")
    names = scene.page.evaluate("kernel.taken.map(({ name }) => name).filter((name) => name !== 'hello')")
    assert names.count("accept") == names.count("undo") == 1


def test_views_of_one_widget_share_one_client_and_follow_each_other(scene: Scene) -> None:
    scene.open("finished", views=3)
    assert scene.page.evaluate("kernel.listening") == 3  # of one client: state, figure, messages
    for view in scene.page.locator(".lrwidget").all():
        assert view.get_by_role("button", name="Accept").count() == 1
    scene.page.locator(".lrwidget").first.get_by_role("button", name="Accept").click()
    scene.wait(
        "[...document.querySelectorAll('.lrwidget')].every((each) => each.dataset.state === 'accepted')"
    )
    assert scene.page.evaluate("kernel.pages.size") == 1


@pytest.mark.parametrize("way", ["signal", "cleanup"])
def test_a_view_that_goes_before_plotly_has_come_leaves_nothing(scene: Scene, way: str) -> None:
    scene.open("finished")
    left = scene.page.evaluate(
        """async (way) => {
          const before = { kernel: kernel.listening, children: document.head.childElementCount };
          const [el, ended] = [document.createElement("div"), new AbortController()];
          document.body.append(el);
          const given = way === "signal" ? { signal: ended.signal } : {};
          const cleanup = widget.render({ model: kernel.model, el, ...given });
          const there = el.querySelector(".lrwidget") !== null;
          if (way === "signal") ended.abort();
          else (await cleanup)();
          const after = { kernel: kernel.listening, children: document.head.childElementCount };
          return { before, after, there, left: el.innerHTML };
        }""",
        way,
    )
    assert left["there"]
    assert left["left"] == ""
    assert left["after"] == left["before"]


def test_a_closed_widget_holds_nothing_heavy(scene: Scene) -> None:
    scene.open("finished")
    held = scene.page.evaluate(
        """() => {
          const silent = [];
          kernel.model.set = (name, value, { silent: said }) => silent.push([name, said]);
          close_widget();
          return { silent, listening: kernel.listening };
        }"""
    )
    assert held["listening"] == 0
    assert {name for name, silent in held["silent"] if silent} == {"_esm", "_css", "_figure"}


def test_a_host_that_does_not_call_initialize_shows_the_widget_all_the_same(scene: Scene) -> None:
    scene.open("finished")
    scene.page.evaluate(
        """() => {
          close_widget();
          for (const { ended } of views) ended.abort();
          const el = document.createElement("div");
          document.body.append(el);
          window.end = widget.render({ model: kernel.model, el });
        }"""
    )
    scene.page.get_by_role("button", name="Accept").click()
    scene.wait("kernel.state.state === 'accepted'")
    scene.page.evaluate("end()")
    assert scene.page.evaluate("kernel.listening") == 0


def test_the_page_has_no_more_names_than_before(scene: Scene) -> None:
    scene.open("finished")
    names = scene.page.evaluate(
        """() => {
          const frame = document.createElement("iframe");
          document.body.append(frame);
          const plain = new Set(Object.getOwnPropertyNames(frame.contentWindow));
          return Object.getOwnPropertyNames(window).filter((name) => !plain.has(name) && Number.isNaN(+name));
        }"""
    )
    ours = {"kernel", "widget", "views", "close_widget", "ready"}
    plotlys = {"PlotlyGeoAssets", "PolyBool", "sprintf", "vsprintf", "__TYPEDARRAY_POOL", "__TEXT_CACHE"}
    assert set(names) <= ours | plotlys


def test_plotly_is_loaded_once_and_the_pages_own_stays(scene: Scene) -> None:
    scene.open("finished", views=0)
    found = scene.page.evaluate(
        """async () => {
          const { Client } = await import("/lrwidget/widget/front/client.js");
          window.Plotly = "the page's own";
          const clients = [1, 2, 3].map(() => new Client(kernel.model));
          const scripts = await Promise.all(clients.map((client) => client.plotly()));
          const asked = kernel.taken.filter(({ args }) => args.plotly).length;
          return { same: new Set(scripts).size, react: typeof scripts[0].react, own: window.Plotly, asked };
        }"""
    )
    assert found == {"same": 1, "react": "function", "own": "the page's own", "asked": 1}


def test_plotly_that_does_not_load_is_asked_for_anew(scene: Scene) -> None:
    scene.open("finished", views=0)
    found = scene.page.evaluate(
        """async () => {
          const { Client } = await import("/lrwidget/widget/front/client.js");
          const client = new Client(kernel.model);
          const { plotly_version: version } = client.blank;
          const fails = (bytes) => {
            const got = client.plotly();
            client.script.take(version, bytes);
            return got.then(() => "loaded", (error) => error.constructor.name);
          };
          const broken = new Blob(["} no script"]).stream().pipeThrough(new CompressionStream("gzip"));
          const outcomes = [
            await fails(new Uint8Array([1, 2, 3])),
            await fails(await new Response(broken).arrayBuffer()),
          ];
          return [...outcomes, typeof (await client.plotly()).react];
        }"""
    )
    assert found == ["TypeError", "SyntaxError", "function"]
