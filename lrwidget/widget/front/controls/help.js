// What the keys do.

import { openDialog } from "./dialog.js";
import { element } from "./element.js";

/** @type {[string, [string, string][]][]} */
const KEYS = [
  [
    "On the marker, and on the edges of the bounds",
    [
      ["\u2190 \u2192", "a step down, up: 5 %"],
      ["Page Down, Page Up", "a leap down, up: a quarter of a decade; so with Shift"],
      ["Home, End", "to the ends of the axis"],
      ["Escape", "while dragging: back to where it was"],
    ],
  ],
  [
    "In the field Learning rate",
    [
      ["\u2191 \u2193", "5 % up, down"],
      ["Enter", "use what is written: 0.001, 1e-3 and 0,001 are all understood"],
      ["Escape", "back to where the marker stands"],
    ],
  ],
  [
    "On a button",
    [
      ["Tab", "to the next one"],
      ["Enter, Space", "press it"],
    ],
  ],
  [
    "On a run, once there are two",
    [
      ["Its name", "judge it: its pick becomes the suggestion"],
      ["Its dot", "show or hide its curve"],
      ["\u22ef", "rename it, remove it"],
    ],
  ],
  [
    "In the figure",
    [
      ["Click on a point", "the marker goes to its rate"],
      ["Drag", "zoom in; Run here then sweeps densely what is shown"],
      ["Double click", "the whole figure again"],
    ],
  ],
];

/** @param {HTMLElement} host */
export function openHelp(host) {
  const parts = KEYS.flatMap(([where, keys]) => [
    element("h3", {}, where),
    element(
      "dl",
      { class: "lrw-keys" },
      ...keys.flatMap(([key, does]) => [element("dt", {}, element("kbd", {}, key)), element("dd", {}, does)]),
    ),
  ]);
  openDialog(host, "Keyboard and mouse", ...parts);
}
