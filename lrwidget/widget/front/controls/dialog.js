// A sheet above the page with a heading and a way out; the browser keeps the focus in it and gives it back.

import { element, newId } from "./element.js";

/**
 * @param {HTMLElement} host Within the view, so that its style holds.
 * @param {string} heading
 * @param {...(Node | string)} content
 * @returns {HTMLDialogElement}
 */
export function openDialog(host, heading, ...content) {
  const id = newId();
  const close = element("button", { type: "button", class: "lrw-button lrw-close" }, "Close");
  const dialog = element(
    "dialog",
    { class: "lrw-dialog", "aria-labelledby": id },
    element("div", { class: "lrw-dialog-head" }, element("h2", { id }, heading), close),
    element(
      "div",
      { class: "lrw-dialog-body", tabindex: 0, role: "region", "aria-labelledby": id },
      ...content,
    ),
  );
  close.addEventListener("click", () => dialog.close());
  // A press beside it.
  dialog.addEventListener("pointerdown", (event) => {
    if (event.target !== dialog) return;
    const { left, right, top, bottom } = dialog.getBoundingClientRect();
    const { clientX: x, clientY: y } = event;
    if (x < left || x > right || y < top || y > bottom) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  host.append(dialog);
  dialog.showModal();
  return dialog;
}
