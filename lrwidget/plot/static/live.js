// The view: keeps numbers, figure, marker and kernel in step. One per displayed copy of the plot.

const CONFIG = {
  displaylogo: false,
  responsive: false, // the container is watched instead: it also changes when the window does not
  doubleClick: false, // handled here: back to the readable range, not to plotly's own
  modeBarButtons: [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "autoScale2d"], ["toImage"]],
  toImageButtonOptions: { filename: "learning-rate-range-test", scale: 2 },
};

const DOUBLE_CLICK_MS = 300;
const CLICK_PX = 5; // a hand that presses a button is never quite still
const MARKER_LINE = { type: "line", xref: "x", yref: "paper", y0: 0, y1: 1, line: { color: "#cc79a7", width: 2 } };

// What a model holds most of, with what it holds when the kernel has closed it.
const HEAVY = { _plotly_js: null, _snapshot: {}, _picture: "", _esm: "", _css: "" };

/** Let go of the heavy part of a closed model: JupyterLab keeps every model it ever had until the kernel ends. */
function initialize({ model }) {
  return () => Object.entries(HEAVY).forEach(([name, light]) => model.set(name, light, { silent: true }));
}

async function render({ model, el, signal: given }) {
  const ended = new AbortController();
  const signal = given ? AbortSignal.any([given, ended.signal]) : ended.signal;
  el.classList.add("lrwidget-plot");
  const stage = document.createElement("div");
  stage.className = "lrwidget-stage";
  stage.style.height = `${model.get("_layout").layout.height}px`;
  const graph = document.createElement("div");
  stage.append(graph);
  el.append(stage);

  const loading = loadPlotly(model.get("_plotly_version"), model.get("_plotly_js"));
  const series = new Series();
  const view = { Plotly: null, zoom: {}, drawn: false };
  const place = {
    axis: () => graph._fullLayout?.xaxis,
    panels: () => panelBox(graph),
    limits: () => model.get("_limits"),
    signal,
  };
  const commitTo = (trait) => (value) => {
    model.set(trait, value);
    model.save_changes();
  };
  const marker = new Marker(stage, { ...place, commit: commitTo("lr") }); // first: Tab comes to it first
  const bounds = new Bounds(stage, { ...place, commit: commitTo("bounds") });
  const handles = { place: () => [bounds, marker].forEach((handle) => handle.place()) };

  const draw = latestOnly(async () => {
    if (!view.Plotly || signal.aborted || stage.clientWidth === 0) return;
    if (graph._dragging) return void requestAnimationFrame(draw); // not under the user's zoom box
    const figure = model.get("_layout");
    const theme = model.get("_themes")[themeOf(el)];
    const overlay = model.get("_overlay");
    const layout = layoutOf(figure, series, overlay, theme, view.zoom, model.get("bounds").length > 0);
    layout.width = stage.clientWidth;
    await view.Plotly.react(graph, traces(figure, series, overlay, theme), layout, CONFIG);
    if (signal.aborted) return view.Plotly.purge(graph); // removed while it was being drawn
    if (!view.drawn) {
      view.drawn = true;
      followHand(graph, stage, view, marker, handles, draw, signal);
    }
    handles.place();
  });

  const hear = (head, buffers) => {
    const outcome = series.take(head, buffers);
    if (outcome === "gap") askAgain();
    if (outcome === "taken") draw();
  };
  // Frames come 15 times a second; a kernel that is slow to answer must not be asked as often.
  const askAgain = atMostEvery(1000, () => greet(model));
  const snapshot = () => {
    const state = model.get("_snapshot");
    if (state?.buffers) hear(state, state.buffers);
  };
  model.on("msg:custom", hear);
  model.on("change:_snapshot", snapshot);
  model.on("change:_overlay", draw);
  model.on("change:_layout", () => {
    view.zoom = {};
    draw();
  });
  model.on("change:lr", () => marker.set(model.get("lr")));
  model.on("change:bounds", () => {
    bounds.set(model.get("bounds"));
    draw(); // the band of good rates comes or goes
  });
  model.on("change:_wanted_picture", () => takePicture(loading, model, series, signal));

  snapshot();
  marker.set(model.get("lr"));
  bounds.set(model.get("bounds"));
  greet(model);
  const resized = new ResizeObserver(draw);
  resized.observe(stage);
  watchTheme(draw, signal);
  signal.addEventListener("abort", () => {
    resized.disconnect();
    view.Plotly?.purge(graph);
    stage.remove(); // whoever still holds the view's element holds no more than that
  });

  try {
    view.Plotly = await loading;
  } catch (error) {
    graph.textContent = `The plot could not be loaded: ${error.message}. The sweep itself is not affected.`;
    return;
  }
  draw();
  // Asked for while no page was there to answer.
  if (model.get("_wanted_picture") > 0 && !model.get("_picture")) takePicture(loading, model, series, signal);
  return () => ended.abort();
}

/** Tell the kernel that a page listens and wants a snapshot. */
function greet(model) {
  model.set("_hello", crypto.randomUUID?.() ?? String(Math.random()));
  model.save_changes();
}

/** What the user does in the plot: zoom is kept, a click on a point takes its rate, a double click ends the zoom. */
function followHand(graph, stage, view, marker, handles, draw, signal) {
  graph.on("plotly_relayout", (event) => {
    for (const axis of axesOf(graph._fullLayout)) {
      if (event[`${axis}.autorange`]) delete view.zoom[axis];
      else if (`${axis}.range[0]` in event || `${axis}.range` in event) {
        view.zoom[axis] = graph._fullLayout[axis].range.slice();
      }
    }
    draw();
  });
  graph.on("plotly_relayouting", handles.place);

  // On a busy page plotly may take the end of a zoom box for a click where the box began.
  const pressed = { x: 0, y: 0, moved: 0 };
  const follow = (event) => {
    pressed.moved = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y);
  };
  stage.addEventListener(
    "pointerdown",
    (event) => Object.assign(pressed, { x: event.clientX, y: event.clientY, moved: 0 }),
    { signal, capture: true },
  );
  window.addEventListener("pointerup", follow, { signal, capture: true });

  // The marker moves at once, but the kernel is told only when no second click made it a double click.
  let clicked = null;
  let doubled = -Infinity;
  graph.on("plotly_click", ({ points }) => {
    const lr = points.find((point) => point.data.name === "loss")?.x ?? points[0]?.x;
    if (!(lr > 0) || clicked || pressed.moved > CLICK_PX || performance.now() - doubled < 100) return;
    clicked = { before: marker.lr, timer: setTimeout(commit, DOUBLE_CLICK_MS) };
    marker.set(lr);
  });
  const commit = () => {
    clicked = null;
    marker.commit(marker.lr);
  };
  const unzoom = () => {
    doubled = performance.now(); // plotly reports the second click after the double click
    if (clicked) {
      clearTimeout(clicked.timer);
      marker.set(clicked.before);
      clicked = null;
    }
    view.zoom = {};
    draw();
  };
  signal.addEventListener("abort", () => clearTimeout(clicked?.timer));
  graph.on("plotly_doubleclick", unzoom);
  // After the first click the marker may lie under the pointer, and plotly does not hear the second.
  stage.addEventListener("dblclick", unzoom, { signal });
}

/** Send a light picture of the figure as it stands, marker included, for outputs without widgets. */
async function takePicture(loading, model, series, signal) {
  const Plotly = await loading.catch(() => null);
  if (!Plotly || signal.aborted) return; // the view has said so, or is gone
  const figure = model.get("_layout");
  const theme = model.get("_themes").light;
  const overlay = model.get("_overlay");
  const [base, max] = model.get("bounds");
  const layout = layoutOf(figure, series, overlay, theme, {}, base !== undefined);
  layout.paper_bgcolor = "#ffffff";
  if (base !== undefined) layout.shapes.push({ ...theme.bounds, x0: base, x1: max });
  const lr = model.get("lr");
  if (lr !== null) layout.shapes.push({ ...MARKER_LINE, x0: lr, x1: lr });
  const picture = { data: traces(figure, series, overlay, theme), layout };
  const url = await Plotly.toImage(picture, { format: "png", width: 860, height: layout.height, scale: 1.5 });
  if (signal.aborted) return;
  model.set("_picture", url);
  model.save_changes();
}

/** Top and height, in pixels of the stage, of what the marker spans: both panels. */
function panelBox(graph) {
  const { _size: size } = graph._fullLayout;
  return { top: size.t, height: size.h };
}

/** Call `task` at once, then not again for so many milliseconds. */
function atMostEvery(pause, task) {
  let last = -Infinity;
  return () => {
    if (performance.now() - last < pause) return;
    last = performance.now();
    task();
  };
}

/** Run `task` in an animation frame, never twice at once; calls in between make one more run. */
function latestOnly(task) {
  let running = false;
  let again = false;
  const run = () => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    requestAnimationFrame(async () => {
      try {
        await task();
      } finally {
        running = false;
        if (again) {
          again = false;
          run();
        }
      }
    });
  };
  return run;
}

export default { initialize, render };
