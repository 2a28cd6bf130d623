// plotly.js, from the kernel: inflated once a page and version, whoever asks first.

const CACHE = Symbol.for("lrwidget.plotly");

/** The plotly.js of a model's version, as a promise: once it has come, unless the page has it already. */
async function loadPlotly(model, signal) {
  const cache = (globalThis[CACHE] ??= new Map());
  const version = model.get("_plotly_version");
  const packed = cache.has(version) || (await arrived(model, "_plotly_js", signal));
  if (!cache.has(version)) {
    const loading = inflate(packed).then(evaluate);
    loading.catch(() => cache.delete(version)); // a later view may try again
    cache.set(version, loading);
  }
  return cache.get(version);
}

/** The bytes of a model's trait, as soon as there are some. */
function arrived(model, trait, signal) {
  return new Promise((done) => {
    const look = () => {
      const bytes = model.get(trait);
      if (!bytes?.byteLength) return;
      ignore();
      done(bytes);
    };
    const ignore = () => model.off(`change:${trait}`, look);
    model.on(`change:${trait}`, look);
    signal.addEventListener("abort", ignore, { once: true });
    look();
  });
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
