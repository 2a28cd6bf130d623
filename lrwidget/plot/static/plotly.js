// plotly.js, from the kernel: inflated once a page and version, whoever asks first.

const CACHE = Symbol.for("lrwidget.plotly");

/** The plotly.js of this version, as a promise. `packed` is a DataView over gzip. */
function loadPlotly(version, packed) {
  const cache = (globalThis[CACHE] ??= new Map());
  if (!cache.has(version)) {
    const loading = inflate(packed).then(evaluate);
    loading.catch(() => cache.delete(version)); // a later view may try again
    cache.set(version, loading);
  }
  return cache.get(version);
}

async function inflate(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

function evaluate(script) {
  // The bundle also sets window.Plotly; the page may have another version there, so put it back.
  const had = Object.hasOwn(window, "Plotly");
  const before = window.Plotly;
  const module = { exports: {} };
  new Function("module", "exports", "define", script)(module, module.exports, undefined);
  if (had) window.Plotly = before;
  else delete window.Plotly;
  return module.exports;
}
