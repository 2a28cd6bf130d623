// Pictures of the figure that leave the page: the one in the saved notebook, and the one to download.

const PRINT_WIDTH = 860; // px
const MARKER_LINE = { type: "line", xref: "x", yref: "paper", y0: 0, y1: 1, line: { color: "#cc79a7", width: 2 } };

/** How plotly behaves; `figure()` is what its camera takes a picture of: plotly's own has not all points. */
function configOf(Plotly, figure) {
  const camera = {
    name: "toImage",
    title: "Download plot as a PNG",
    icon: Plotly.Icons.camera,
    click: () => Plotly.downloadImage(figure(), { filename: "learning-rate-range-test", scale: 2 }),
  };
  return {
    displaylogo: false,
    responsive: false, // the container is watched instead: it also changes when the window does not
    doubleClick: false, // handled by us: back to the readable range, not to plotly's own
    modeBarButtons: [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "autoScale2d"], [camera]],
  };
}

/** Send the kernel a light picture of the whole figure, marker included, for outputs without widgets. */
async function sendPicture(loading, model, parts, signal) {
  const Plotly = await loading.catch(() => null);
  if (!Plotly || signal.aborted) return; // the view has said so, or is gone
  const of = model.get("_wanted_picture");
  const theme = model.get("_themes").light;
  const { data, layout } = filledFigure({ ...parts, theme, zoom: {}, width: PRINT_WIDTH });
  layout.paper_bgcolor = "#ffffff";
  const [base, max] = model.get("bounds");
  if (base !== undefined) layout.shapes.push({ ...theme.bounds, x0: base, x1: max });
  const lr = model.get("lr");
  if (lr !== null) layout.shapes.push({ ...MARKER_LINE, x0: lr, x1: lr });
  const { height } = layout;
  const url = await Plotly.toImage({ data, layout }, { format: "png", width: PRINT_WIDTH, height, scale: 1.5 });
  if (signal.aborted) return;
  model.send({ picture: url, of });
}
