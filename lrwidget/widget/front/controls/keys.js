// Which keys are the widget's and which are the notebook's.

const PRESSES = new Set([
  "Enter",
  " ",
  "Escape",
  "ArrowUp",
  "ArrowDown",
  "ArrowLeft",
  "ArrowRight",
  "Home",
  "End",
  "PageUp",
  "PageDown",
]);
const EDITING = /^([acvxyz]|arrow\w+|backspace|delete|home|end)$/i;
const SUPPRESS = "data-lm-suppress-shortcuts";

/**
 * Whether a key that goes down on `target` is meant for the widget. All others are the notebook's: Ctrl+S saves, and
 * Shift+Enter runs the next cell, also after a click on Accept.
 *
 * @param {{key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, shiftKey: boolean}} event
 * @param {"text" | "choice" | "press"} kind Of the target: a text is written in it, a letter chooses in it, or neither.
 */
export function isOurs(event, kind) {
  const command = event.ctrlKey || event.metaKey;
  if (kind === "text") return command || event.altKey ? EDITING.test(event.key) : true;
  if (command || event.altKey) return false;
  if (kind === "choice") return !(event.shiftKey && event.key === "Enter");
  return !event.shiftKey && PRESSES.has(event.key);
}

/**
 * @param {Element} target
 * @returns {"text" | "choice" | "press"}
 */
function kindOf(target) {
  if (target instanceof HTMLTextAreaElement) return "text";
  if (target instanceof HTMLInputElement) return target.type === "range" ? "press" : "text";
  return target instanceof HTMLSelectElement || target.closest("[role=menu], dialog") ? "choice" : "press";
}

/**
 * Keep the notebook from taking the keys that are meant for the controls in `root`; `apart`, but for its buttons, minds
 * its own.
 *
 * @param {HTMLElement} root
 * @param {HTMLElement} apart
 * @param {AbortSignal} signal
 */
export function keepKeys(root, apart, signal) {
  /** @param {Event} event */
  const targetOf = (event) => {
    const target = event.composedPath()[0];
    if (!(target instanceof Element) || !root.contains(target)) return null;
    return apart.contains(target) && !target.closest("button") ? null : target;
  };
  // JupyterLab looks for shortcuts while the event is still on its way to the target, and asks the target itself
  // whether they are wanted there. The window comes before it.
  window.addEventListener(
    "keydown",
    (event) => {
      const target = targetOf(event);
      if (!target) return;
      if (isOurs(event, kindOf(target))) target.setAttribute(SUPPRESS, "true");
      else target.removeAttribute(SUPPRESS);
    },
    { capture: true, signal },
  );
  // Others hear it on its way back.
  root.addEventListener("keydown", (event) => {
    const target = targetOf(event);
    if (target && isOurs(event, kindOf(target))) event.stopPropagation();
  });
}
