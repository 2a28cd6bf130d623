// Plotly's own style sheet, where a host puts widgets into a shadow root: rules of the page do not reach in there.

const OF_PLOTLY = 'style[id^="plotly.js-style"]';
const MARK = "data-lrwidget-plotly";

/**
 * Give the shadow root around `el`, if there is one, the rules that plotly has put into the page's head.
 * @param {Element} el
 */
export function styleShadowRoot(el) {
  const root = el.getRootNode();
  if (!(root instanceof ShadowRoot)) return;
  /** @type {NodeListOf<HTMLStyleElement>} */
  const sheets = document.head.querySelectorAll(OF_PLOTLY);
  const rules = [...sheets].flatMap(({ sheet }) => [...(sheet?.cssRules ?? [])]);
  const text = rules.map((rule) => rule.cssText).join("\n");
  let style = root.querySelector(`style[${MARK}]`);
  if (!style) {
    style = document.createElement("style");
    style.setAttribute(MARK, "");
    root.prepend(style);
  }
  if (style.textContent !== text) style.textContent = text;
}
