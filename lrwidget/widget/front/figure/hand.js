// The user's hand in the plot itself: zoom, pan, click, double click.

import { axesOf } from "./picture.js";

/** @import { Zoom } from "./picture.js" */
/**
 * What a hand does here: `zoomed` gets the new ranges and what a drag does now, `moving` comes while a hand pans,
 * `clicked` gets where that was, in pixels from the window's left, and tells whether there was something to take,
 * `unclicked` says that the click before it was the first half of a double click, `unzoomed` ends the zoom.
 * @typedef {{
 *   zoomed: (zoom: Zoom, dragmode: string | undefined) => void,
 *   moving: () => void,
 *   clicked: (x: number) => boolean,
 *   unclicked: () => void,
 *   unzoomed: () => void,
 * }} Does
 */

const DOUBLE_CLICK_MS = 900; // the longest that systems can be set to
const CLICK_PX = 5; // a hand that presses a button is never quite still

/**
 * @param {any} graph Plotly's element, drawn.
 * @param {HTMLElement} stage Around it and around the handles.
 * @param {() => Zoom} zoom What is zoomed now.
 * @param {Does} does
 * @param {AbortSignal} signal
 */
export function followHand(graph, stage, zoom, does, signal) {
  graph.on("plotly_relayout", (/** @type {any} */ event) => {
    const next = { ...zoom() };
    for (const axis of axesOf(graph._fullLayout)) {
      if (event[`${axis}.autorange`]) delete next[axis];
      else if (`${axis}.range[0]` in event || `${axis}.range` in event) {
        next[axis] = graph._fullLayout[axis].range.slice();
      }
    }
    does.zoomed(next, event.dragmode);
  });
  graph.on("plotly_relayouting", does.moving);

  // On a busy page plotly may take the end of a zoom box for a click where the box began.
  const pressed = { x: 0, y: 0, moved: 0, touch: false, here: false };
  window.addEventListener(
    "pointerdown",
    (event) => {
      const { clientX: x, clientY: y, pointerType } = event;
      const here = event.composedPath().includes(stage) && !ofButtons(event);
      Object.assign(pressed, { x, y, moved: 0, touch: pointerType === "touch", here });
    },
    { signal, capture: true },
  );
  window.addEventListener(
    "pointerup",
    (event) => {
      pressed.moved = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y);
    },
    { signal, capture: true },
  );

  // A click counts at once: what waits for a second one can lose to the kernel. A second one takes it back.
  let clicked = Number.NEGATIVE_INFINITY;
  let doubled = Number.NEGATIVE_INFINITY;
  graph.on("plotly_click", (/** @type {{ event?: UIEvent }} */ { event }) => {
    // On a busy page plotly may tell of the first when the second one has come.
    const second = event !== undefined && (event.detail > 1 || event.timeStamp <= doubled);
    if (pressed.moved > CLICK_PX || second) return;
    // Not the points that plotly tells: they are those where the pointer last rested, up to a tenth of a second ago.
    if (does.clicked(pressed.x)) clicked = performance.now();
  });
  const double = () => {
    doubled = performance.now();
    if (performance.now() - clicked < DOUBLE_CLICK_MS) does.unclicked();
    clicked = Number.NEGATIVE_INFINITY;
    does.unzoomed();
  };
  // Of fingers plotly tells. Of a mouse it counts the press that began a zoom box, and does not hear a second click that
  // hits the marker, which the first has brought under the pointer; and the browser tells of no double click where
  // plotly has put something under the pointer between press and release. So both the browser's events are heard.
  window.addEventListener(
    "mouseup",
    ({ detail }) => {
      if (detail === 2 && pressed.here && pressed.moved <= CLICK_PX) double();
    },
    { signal, capture: true },
  );
  stage.addEventListener("dblclick", (event) => ofButtons(event) || double(), { signal });
  graph.on("plotly_doubleclick", () => pressed.touch && double());
}

/** Whether it is of plotly's own buttons. @param {Event} event */
function ofButtons(event) {
  return event.composedPath().some((part) => part instanceof Element && part.classList.contains("modebar"));
}
