// The user's hand in the plot itself: zoom, pan, click, double click.

const DOUBLE_CLICK_MS = 300;
const CLICK_PX = 5; // a hand that presses a button is never quite still

/** What the user does in the plot: zoom is kept, a click on a point takes its rate, a double click ends the zoom. */
function followHand(graph, stage, view, marker, { draw, dress, place }, signal) {
  graph.on("plotly_relayout", (event) => {
    view.dragmode = event.dragmode ?? view.dragmode;
    const zoom = { ...view.zoom };
    for (const axis of axesOf(graph._fullLayout)) {
      if (event[`${axis}.autorange`]) delete zoom[axis];
      else if (`${axis}.range[0]` in event || `${axis}.range` in event) {
        zoom[axis] = graph._fullLayout[axis].range.slice();
      }
    }
    view.zoom = zoom;
    dress(); // plotly has drawn the new range already; the drawing that follows is for the points within it
    draw();
  });
  graph.on("plotly_relayouting", place);

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
