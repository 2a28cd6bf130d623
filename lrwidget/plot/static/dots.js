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

/** Draw the points of traces that `withoutPoints` has made. Returns false when plotly has no place for them. */
function drawDots(graph) {
  return graph.data.every((trace) => {
    if (!trace.marker?.maxdisplayed || trace.x.length === 0) return true;
    const layer = graph.querySelector(`.trace${trace.uid} .points`);
    if (!layer) return false;
    const { color, opacity, size } = trace.marker;
    const dots = layer.querySelector(".lrwidget-dots") ?? layer.insertBefore(newDots(), layer.firstChild);
    Object.assign(dots.style, { stroke: color, strokeOpacity: opacity, strokeWidth: `${size}px` });
    const { xaxis, ...axes } = graph._fullLayout;
    dots.setAttribute("d", pathOf(trace, xaxis, axes[(trace.yaxis ?? "y").replace("y", "yaxis")]));
    return true;
  });
}

function newDots() {
  const dots = document.createElementNS(SVG, "path");
  dots.setAttribute("class", "lrwidget-dots");
  return dots;
}

/** A line of no length for each point: its round ends make the dot. */
function pathOf({ x, y }, xaxis, yaxis) {
  let path = "";
  for (let i = 0; i < x.length; i++) {
    if (y[i] === null) continue;
    path += `M${rounded(xaxis.d2p(x[i]))},${rounded(yaxis.d2p(y[i]))}h0`;
  }
  return path;
}

/** To tenths of a pixel. */
function rounded(pixels) {
  return Math.round(10 * pixels) / 10;
}
