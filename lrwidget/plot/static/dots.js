// The raw points, each panel's as one element of the page.
//
// Plotly makes an element for each point, and works out the colour of each, twice at each drawing: 600 of them cost
// more than all the rest of the figure. So plotly keeps the points, which answer hover and click, but shows only the
// first of them. All are drawn here, as one path within plotly's own layer: there they are clipped, covered and
// moved as plotly's would be.

const SVG = "http://www.w3.org/2000/svg";

/** The same traces, with their points left to `drawDots`. */
function withoutPoints(data) {
  return data.map((trace) =>
    DOTTED.has(trace.name) ? { ...trace, marker: { ...trace.marker, maxdisplayed: 1 } } : trace,
  );
}
const DOTTED = new Set(["loss", "metric"]);

/** Draw the points of these traces. Returns false when plotly has no place for them. */
function drawDots(graph, traces) {
  return traces.every((trace) => {
    if (!DOTTED.has(trace.name) || trace.x.length === 0) return true;
    const layer = graph.querySelector(`.trace${trace.uid} .points`);
    if (!layer) return false;
    const { color, opacity, size } = trace.marker;
    const dots = layer.querySelector(".lrwidget-dots") ?? layer.insertBefore(newDots(), layer.firstChild);
    Object.assign(dots.style, { stroke: color, strokeOpacity: opacity, strokeWidth: `${size}px` });
    // A line of no length for each point: its round ends make the dot.
    const path = places(trace, graph).map((place) => place && `M${place}h0`);
    dots.setAttribute("d", path.join(""));
    return true;
  });
}

function newDots() {
  const dots = document.createElementNS(SVG, "path");
  dots.setAttribute("class", "lrwidget-dots");
  return dots;
}

/** Where a trace's points lie within their panel, as "x,y" in tenths of a pixel; null for a gap. */
function places({ x, y, yaxis = "y" }, { _fullLayout: layout }) {
  const [across, up] = [layout.xaxis, layout[yaxis.replace("y", "yaxis")]];
  const rounded = (pixels) => Math.round(10 * pixels) / 10;
  return x.map((value, i) => (y[i] === null ? null : `${rounded(across.d2p(value))},${rounded(up.d2p(y[i]))}`));
}
