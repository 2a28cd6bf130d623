// Light or dark: read from the page itself, so that every front end's themes work.

/** @typedef {{ theme: "light" | "dark", paper: string | null }} Ground */
/** @typedef {[number, number, number]} Colour Red, green and blue, 0 to 255. */

/**
 * A computed colour, and how opaque it is; null where it is not understood.
 *
 * @param {string} text
 * @returns {{colour: Colour, alpha: number} | null}
 */
export function readColour(text) {
  const parts = text.match(/-?[\d.]+(e-?\d+)?%?/g)?.map((part) => Number.parseFloat(part));
  if (!parts || parts.length < 3) return null;
  // Browsers write colours of newer kinds as color(srgb 0.1 0.2 0.3 / 0.5).
  const scale = text.startsWith("rgb") ? 1 : text.startsWith("color(srgb") ? 255 : null;
  if (scale === null) return null;
  const [red, green, blue, alpha = 1] = parts;
  return { colour: [red * scale, green * scale, blue * scale], alpha };
}

/**
 * What is behind `el`: the first opaque background, and whether it is dark.
 * @param {Element} el
 * @returns {Ground}
 */
export function groundOf(el) {
  for (let node = /** @type {Element | null} */ (el); node; node = above(node)) {
    const paper = getComputedStyle(node).backgroundColor;
    const seen = readColour(paper);
    if (!seen || seen.alpha < 0.5) continue;
    const [red, green, blue] = seen.colour;
    const light = 0.299 * red + 0.587 * green + 0.114 * blue;
    return { theme: light < 128 ? "dark" : "light", paper };
  }
  return { theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light", paper: null };
}

/** The element around this one, also out of a shadow root. @param {Element} node */
function above(node) {
  const { parentNode } = node;
  if (parentNode instanceof ShadowRoot) return parentNode.host;
  return node.parentElement;
}

/**
 * Call `changed` whenever the page's theme may have changed, until `signal` aborts.
 * @param {() => void} changed
 * @param {AbortSignal} signal
 */
export function watchTheme(changed, signal) {
  const observer = new MutationObserver(changed);
  for (const node of [document.documentElement, document.body]) {
    observer.observe(node, {
      attributes: true,
      attributeFilter: ["class", "style", "data-theme", "theme", "data-jp-theme-name", "data-jp-theme-light"],
    });
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed, { signal });
  // JupyterLab swaps a style sheet after it has set its attributes.
  const sheets = new MutationObserver(changed);
  sheets.observe(document.head, { childList: true });
  signal.addEventListener("abort", () => {
    observer.disconnect();
    sheets.disconnect();
  });
}
