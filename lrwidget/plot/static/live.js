// The view: keeps numbers, figure, marker and kernel in step. One per displayed copy of the plot.

const MOST_DOTS = 2000; // a panel
const MOST_POINTS = 600; // where each is an element of the page
const HAND_FIRST_MS = 250; // while a hand drags a handle, drawings wait so long, and it is followed at once
const PLOTLY_EVERY_MS = 1000; // so far plotly, and with it what a hover finds, may be behind

// What a model holds most of, with what it holds when the kernel has closed it.
const HEAVY = { _plotly_js: null, _snapshot: {}, _esm: "", _css: "" };

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

  const loading = loadPlotly(model, signal);
  const series = new Series();
  const view = { Plotly: null, config: null, zoom: {}, dragmode: "zoom", ours: true, shown: null };
  const place = {
    axis: () => graph._fullLayout?.xaxis,
    panels: () => panelBox(graph),
    limits: () => model.get("_limits"),
    signal,
  };
  const wire = new Wire(model, signal);
  const marker = new Marker(stage, { ...place, commit: (lr) => wire.say("lr", lr) }); // first: Tab comes to it first
  const bounds = new Bounds(stage, { ...place, commit: (both) => wire.say("bounds", both) });
  const handles = {
    place: () => [bounds, marker].forEach((handle) => handle.place()),
    dragged: () => marker.dragging || bounds.dragged,
  };
  const held = () => {
    if (signal.aborted) return 0;
    if (graph._dragging) return Infinity; // never under the user's zoom box
    return handles.dragged() ? HAND_FIRST_MS : 0;
  };

  const parts = (most) => ({
    figure: model.get("_layout"),
    series,
    overlay: model.get("_overlay"),
    theme: model.get("_themes")[themeOf(el)],
    zoom: view.zoom,
    bounded: model.get("bounds").length > 0,
    dragmode: view.dragmode,
    width: stage.clientWidth,
    most,
  });
  const draw = paced(async () => {
    if (!view.Plotly || signal.aborted || stage.clientWidth === 0) return;
    const now = parts(view.ours ? MOST_DOTS : MOST_POINTS);
    const { axes, version } = series;
    const frame = [...Object.values(now), axes];
    if (view.shown && frame.every((part, i) => part === view.shown.frame[i]) && grown(now)) return;
    const { data, layout } = filledFigure(now);
    await view.Plotly.react(graph, view.ours ? withoutPoints(data) : data, layout, view.config);
    if (signal.aborted) return view.Plotly.purge(graph); // removed while it was being drawn
    if (!view.shown) followHand(graph, stage, view, marker, { draw, dress, place: handles.place }, signal);
    view.shown = { frame, layout, plotly: version, version, since: performance.now() };
    dress();
  }, held);
  const later = afterwards(PLOTLY_EVERY_MS, draw);
  /** Show the points that are new in a picture which else stays as it is; false: plotly has to draw it. */
  const grown = (now) => {
    const { shown } = view;
    if (shown.plotly === series.version) return true;
    const late = performance.now() - shown.since > PLOTLY_EVERY_MS;
    if (!view.ours || (late && !handles.dragged())) return false;
    later(); // no more points may come
    if (shown.version === series.version) return true;
    shown.version = series.version;
    const { figure, overlay, theme, most } = now;
    return drawStrokes(graph, traces(figure, series, overlay, theme, shown.layout, most));
  };
  /** All that stands on plotly's picture, after plotly has drawn. */
  const dress = () => {
    if (view.ours && !drawStrokes(graph, graph.data)) {
      view.ours = false; // a plotly that we do not know: what it draws itself is slow, but there
      stage.querySelectorAll(".lrwidget-strokes").forEach((strokes) => strokes.remove());
      draw();
    }
    handles.place();
  };

  const hear = (head, buffers) => {
    if ("call" in head) return wire.send();
    if ("upto" in head) return wire.answered(head).forEach(({ what }) => follow[what]?.());
    const outcome = series.take(head, buffers);
    if (outcome === "gap") askAgain();
    if (outcome === "taken") draw();
  };
  // Frames come 15 times a second; a kernel that is slow to answer must not be asked as often.
  const askAgain = atMostEvery(1000, () => wire.say("hello"));
  // What the kernel has, unless it has not heard the newest: a hand that is ahead is not put back.
  const follow = {
    lr: () => wire.waits("lr") || marker.set(model.get("lr")),
    bounds: () => wire.waits("bounds") || bounds.set(model.get("bounds")),
    press: () => follow.lr(),
  };
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
  model.on("change:lr", follow.lr);
  model.on("change:bounds", () => {
    follow.bounds();
    draw(); // the band of good rates comes or goes
  });
  const picture = () => sendPicture(loading, model, parts(MOST_POINTS), signal);
  model.on("change:_wanted_picture", picture);

  snapshot();
  marker.set(model.get("lr"));
  bounds.set(model.get("bounds"));
  wire.say("hello"); // a page listens, and wants a snapshot
  followControls(el, wire, marker, () => model.get("_overlay").lr, signal);
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
    view.config = configOf(view.Plotly, () => filledFigure(parts(MOST_POINTS)));
  } catch (error) {
    graph.textContent = `The plot could not be loaded: ${error.message}. The sweep itself is not affected.`;
    return;
  }
  draw();
  // Asked for while no page was there to answer.
  if (model.get("_wanted_picture") > model.get("_pictured")) picture();
  return () => ended.abort();
}

/** Top and height, in pixels of the stage, of what the marker spans, both panels; and the width of the stage. */
function panelBox(graph) {
  const { _size: size, width } = graph._fullLayout;
  return { top: size.t, height: size.h, width };
}

export default { initialize, render };
