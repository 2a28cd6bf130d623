// New points on a picture whose axes stay, without plotly.
//
// A drawing of plotly's works out every axis, label and trace anew. While a sweep runs, little more happens than that
// curves and points grow: so the paths that plotly has made are given their new course, in a tenth of the time.

/**
 * Move on curves and points to what `traces` hold. Returns false when plotly has not drawn such curves yet.
 *
 * Plotly is not told: what its hover and its clicks find is what it drew last.
 */
function advance(graph, traces) {
  const lines = traces.every((trace) => {
    if (trace.mode !== "lines" || trace.x.length === 0) return true;
    const [line, ...rest] = graph.querySelectorAll(`.trace${trace.uid} .js-line`);
    line?.setAttribute("d", lineThrough(places(trace, graph)));
    for (const piece of rest) piece.setAttribute("d", ""); // plotly has made one for each piece between gaps
    return line !== undefined;
  });
  return lines && drawDots(graph, traces);
}

function lineThrough(points) {
  let path = "";
  let pen = "M";
  for (const point of points) {
    if (point) path += pen + point;
    pen = point ? "L" : "M";
  }
  return path;
}
