// From numbers to plotly's data and layout. Nothing here touches the page.

const LEAST_DECADE = 36; // px

/** A deep copy of `layout` with {"a.b.c": value} set in it. */
function patched(layout, patch) {
  const copy = structuredClone(layout);
  for (const [path, value] of Object.entries(patch)) {
    const keys = path.split(".");
    const last = keys.pop();
    let at = copy;
    for (const key of keys) at = at[key] ??= {};
    at[last] = value;
  }
  return copy;
}

/**
 * Data and layout of the figure, filled.
 *
 * `figure` is the blank one, `series` the numbers, `overlay` the pick, `theme` the colours, `zoom` the user's ranges,
 * `dragmode` what a drag in the plot does, `width` in pixels. `bounded` leaves out the band of good rates, because
 * bounds are shown in its place. `most` is how many raw points a panel may have in view.
 */
function filledFigure({ figure, series, overlay, theme, zoom, bounded, dragmode, width, most }) {
  const layout = layoutOf(figure, series, overlay, theme, zoom, bounded);
  Object.assign(layout, { width, dragmode });
  // Plotly's choice of ticks, so that a part of a decade has some too.
  if ("xaxis" in zoom) Object.assign(layout.xaxis, { dtick: null, nticks: 6, tickangle: 0 });
  spread(layout);
  return { data: traces(figure, series, overlay, theme, layout, most), layout };
}

/** On a narrow page leave out labels of decades: plotly would turn them on their sides. */
function spread({ width, margin, xaxis }) {
  const decade = (width - margin.l - margin.r) / (xaxis.range[1] - xaxis.range[0]);
  if (xaxis.dtick === 1 && decade < LEAST_DECADE) xaxis.dtick = Math.ceil(LEAST_DECADE / decade);
}

/** The traces, in the order of the blank figure's. */
function traces(figure, series, overlay, theme, layout, most) {
  const threshold = series.axes?.threshold ?? 1;
  const symlog = (value) => Math.asinh(value / threshold);
  const picked = overlay.lr === null ? [] : [overlay.lr];
  const curveLr = Array.from(series.get("curveLr"));
  const change = Array.from(series.get("change"));
  const filled = [
    cloud(series.get("lr"), series.get("loss"), layout, "yaxis", most),
    { x: curveLr, y: drawable(series.get("smoothed")) },
    { x: curveLr, y: drawable(change.map(symlog)), customdata: change },
    { x: picked, y: picked.map(() => overlay.loss) },
    { x: picked, y: picked.map(() => symlog(overlay.change)) },
    layout.yaxis3 && cloud(series.get("lr"), series.get("metric"), layout, "yaxis3", most),
    { x: curveLr, y: drawable(series.get("smoothedMetric")) },
  ];
  const colours = [theme.loss, theme.loss, theme.change, null, null, theme.metric, theme.metric];
  return figure.data.map((trace, i) => {
    const copy = { ...structuredClone(trace), ...filled[i], uid: `lrwidget-${i}` };
    if (copy.marker && colours[i]) copy.marker.color = colours[i];
    if (copy.line && colours[i]) copy.line.color = colours[i];
    return copy;
  });
}

/** The raw values as points: all of them where they are few, else those that make up the picture. */
function cloud(lr, values, layout, yaxis, most) {
  if (values.length <= most) return { x: Array.from(lr.subarray(0, values.length)), y: drawable(values) };
  const { width, height, margin, xaxis } = layout;
  const [across, down] = [width - margin.l - margin.r, height - margin.t - margin.b];
  const [bottom, top] = layout[yaxis].domain;
  const place = xaxis.type === "log" ? Math.log10 : (x) => x;
  const onto = ([from, to], pixels) => (value) => ((value - from) / (to - from)) * pixels;
  const panel = down * (top - bottom);
  const [left, rise] = [onto(xaxis.range, across), onto(layout[yaxis].range, panel)];
  const points = chosen(
    lr.map((value) => left(place(value))),
    values.map((value) => panel - rise(value)),
    across,
    panel,
    most,
  );
  return { x: points.map((i) => lr[i]), y: points.map((i) => values[i]) };
}

/** For drawing: a gap where a value is not finite. */
function drawable(values) {
  return Array.from(values, (value) => (Number.isFinite(value) ? value : null));
}

/** Names of the axes that a layout has. */
function axesOf(layout) {
  return ["xaxis", "yaxis", "yaxis2", "yaxis3"].filter((axis) => axis in layout);
}

/** The layout: the blank figure's, the theme's colours, the numbers' ranges, then the user's zoom. */
function layoutOf(figure, series, overlay, theme, zoom, bounded) {
  const layout = patched(figure.layout, theme.layout);
  if (series.axes) {
    layout.yaxis.range = series.axes.loss.slice();
    layout.yaxis2.range = series.axes.change.slice();
    layout.yaxis2.tickvals = series.axes.tickvals;
    layout.yaxis2.ticktext = series.axes.ticktext;
  }
  if (layout.yaxis3) {
    if (series.axes?.metric) layout.yaxis3.range = series.axes.metric.slice();
    layout.yaxis3.title.font.color = layout.yaxis3.tickfont.color = theme.metric;
  }
  for (const [axis, range] of Object.entries(zoom)) layout[axis].range = range.slice();
  for (const axis of axesOf(layout)) layout[axis].autorange = false;
  // One stripe at a time: the bounds, which follow the hand and so are no part of plotly's picture, or the band.
  const band = bounded ? null : overlay.band;
  layout.shapes = band ? [{ ...theme.band, x0: band[0], x1: band[1] }] : [];
  layout.annotations = [];
  if (overlay.lr !== null) {
    const x = layout.xaxis.type === "log" ? Math.log10(overlay.lr) : overlay.lr;
    const [low, high] = layout.xaxis.range;
    // Near the right end the label would leave the panel, so it goes to the other side.
    const flip = (x - low) / (high - low) > 0.8;
    const side = flip ? { xanchor: "right", xshift: -theme.label.xshift, align: "right" } : {};
    layout.annotations.push({ ...theme.label, ...side, x, y: overlay.loss, text: overlay.label });
  }
  return layout;
}
