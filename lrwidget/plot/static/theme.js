// Light or dark: read from the page itself, so that every front end's themes work.

/** "dark" when the first opaque background behind `el` is dark, else "light". */
function themeOf(el) {
  for (let node = el; node; node = node.parentElement) {
    const parts = getComputedStyle(node).backgroundColor.match(/[\d.]+/g)?.map(Number);
    if (!parts || (parts.length > 3 && parts[3] < 0.5)) continue;
    const [red, green, blue] = parts;
    return 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? "dark" : "light";
  }
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Call `changed` whenever the page's theme may have changed, until `signal` aborts. */
function watchTheme(changed, signal) {
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
