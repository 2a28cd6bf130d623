// Curves and points, drawn here rather than by plotly.
//
// Plotly makes an element for each point and works out its colour twice at each drawing: 500 of them cost more than all
// the rest of the figure. And it draws a curve only together with everything else. So plotly keeps points and curves,
// which answer hover and click, but shows none of them. They are drawn within plotly's own layers, where they are
// clipped, covered and moved as plotly's would be; and as long as its axes stay they can grow without it.

import { isDimmed } from "./picture.js";

const SVG = "http://www.w3.org/2000/svg";
const STRIP = 64; // px
const DOTTED = new Set(["loss", "metric"]);

/** @typedef {{ strip: number, place: string }} Spot */

/** The same traces, with their points left to `drawStrokes`. @param {any[]} data */
export function withoutPoints(data) {
  return data.map((trace) =>
    DOTTED.has(trace.name) ? { ...trace, marker: { ...trace.marker, maxdisplayed: 1 } } : trace,
  );
}

/**
 * Draw curves and points of these traces over those that plotly has. Returns false where it has not drawn them.
 *
 * They may hold more than plotly knows: what its hover finds is then what it drew last.
 * @param {any} graph
 * @param {any[]} traces
 */
export function drawStrokes(graph, traces) {
  return traces.every((trace) => {
    if (trace.x.length === 0 || isDimmed(trace)) return true;
    const part = (/** @type {string} */ name) => graph.querySelector(`.trace${trace.uid} ${name}`);
    if (DOTTED.has(trace.name)) {
      const layer = part(".points");
      if (!layer) return false;
      const { color, opacity, size } = trace.marker;
      const style = { stroke: color, strokeOpacity: opacity, strokeWidth: `${size}px` };
      paint(layer, style, strips(trace, graph._fullLayout, dot));
    } else if (trace.mode === "lines") {
      const layer = part(".lines");
      if (!layer) return false;
      const { color, width } = trace.line;
      const strokeDasharray = part(".js-line")?.style.strokeDasharray ?? ""; // plotly has no line of a single point
      const style = { stroke: color, strokeWidth: `${width}px`, strokeDasharray };
      paint(layer, style, strips(trace, graph._fullLayout, segment));
    }
    return true;
  });
}

/**
 * Let a layer show these paths. One that is the same as before is not touched, and so not painted anew.
 * @param {Element} layer
 * @param {Partial<CSSStyleDeclaration>} style
 * @param {string[]} paths
 */
function paint(layer, style, paths) {
  let group = /** @type {SVGGElement | null} */ (layer.querySelector(".lrwidget-strokes"));
  if (!group) {
    group = document.createElementNS(SVG, "g");
    group.setAttribute("class", "lrwidget-strokes");
    layer.prepend(group);
  }
  Object.assign(group.style, style);
  while (group.childElementCount < paths.length) group.append(document.createElementNS(SVG, "path"));
  [...group.children].forEach((path, i) => {
    const d = paths[i] ?? "";
    if (path.getAttribute("d") !== d) path.setAttribute("d", d);
  });
}

/**
 * A path for each strip of the panel, left to right: `stroke` makes it from each point and the one before.
 * @param {{ x: number[], y: (number | null)[], line?: any, yaxis?: string }} trace
 * @param {any} layout
 * @param {(here: Spot, before: Spot | null) => string} stroke
 */
function strips({ x, y, line, yaxis = "y" }, layout, stroke) {
  const [across, up] = [layout.xaxis, layout[yaxis.replace("y", "yaxis")]];
  const last = Math.ceil(across._length / STRIP);
  const whole = line?.dash !== undefined; // dashes would begin anew in each strip
  /** @type {string[]} */
  const paths = Array(whole ? 1 : last + 2).fill("");
  /** @type {Spot | null} */
  let before = null; // where there is a gap
  x.forEach((value, i) => {
    const height = y[i];
    if (height === null) {
      before = null;
      return;
    }
    const pixel = rounded(across.d2p(value));
    const strip = whole ? 0 : Math.min(Math.max(Math.floor(pixel / STRIP), -1), last) + 1;
    const here = { strip, place: `${pixel},${rounded(up.d2p(height))}` };
    paths[strip] += stroke(here, before);
    before = here;
  });
  return paths;
}

/** A line of no length: its round ends make a dot. @param {Spot} here */
function dot({ place }) {
  return `M${place}h0`;
}

/**
 * A line from the point before, which the strip it comes from has already.
 * @param {Spot} here
 * @param {Spot | null} before
 */
function segment({ strip, place }, before) {
  if (!before) return `M${place}`;
  return strip === before.strip ? `L${place}` : `M${before.place}L${place}`;
}

/** To tenths of a pixel. @param {number} pixels */
function rounded(pixels) {
  return Math.round(10 * pixels) / 10;
}
