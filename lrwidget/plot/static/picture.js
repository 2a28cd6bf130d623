// From numbers to plotly's data and layout. Nothing here touches the page.

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
 * The traces of the figure, filled.
 * `figure` is the blank one, `series` the numbers, `overlay` the pick, `theme` the colours.
 */
function traces(figure, series, overlay, theme) {
  const threshold = series.axes?.threshold ?? 1;
  const symlog = (value) => Math.asinh(value / threshold);
  const picked = overlay.lr === null ? [] : [overlay.lr];
  const filled = [
    { x: series.lr.slice(), y: drawable(series.loss) },
    { x: series.curveLr.slice(), y: drawable(series.smoothed) },
    { x: series.curveLr.slice(), y: drawable(series.change.map(symlog)), customdata: series.change.slice() },
    { x: picked, y: picked.map(() => overlay.loss) },
    { x: picked, y: picked.map(() => symlog(overlay.change)) },
    { x: series.lr.slice(), y: drawable(series.metric) },
    { x: series.curveLr.slice(), y: drawable(series.smoothedMetric) },
  ];
  const colours = [theme.loss, theme.loss, theme.change, null, null, theme.metric, theme.metric];
  return figure.data.map((trace, i) => {
    const copy = { ...structuredClone(trace), ...filled[i], uid: `lrwidget-${i}` };
    if (copy.marker && colours[i]) copy.marker.color = colours[i];
    if (copy.line && colours[i]) copy.line.color = colours[i];
    return copy;
  });
}

/** Names of the axes that a layout has. */
function axesOf(layout) {
  return ["xaxis", "yaxis", "yaxis2", "yaxis3"].filter((axis) => axis in layout);
}

/**
 * The layout: the blank figure's, the theme's colours, the numbers' ranges, then the user's zoom.
 * `bounded` leaves out the band of good rates, because bounds are shown in its place.
 */
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
