// The door of the page's code: what anywidget calls for each model, and for each place where it is displayed.

import { Client } from "./client.js";
import { View } from "./view.js";

/** @import { Model } from "./types.d.ts" */

/** What a model holds most of, with what it holds when it is closed: JupyterLab keeps every model for ever. */
const HEAVY = { _esm: "", _css: "", _figure: {} };

/** @type {Map<Model, Client>} */
const clients = new Map();

/**
 * The client of a model, if there is one. anywidget gives `initialize` and `render` two faces of one model; the object
 * that both hold as the figure is the same, and no other model's.
 * @param {Model} model
 */
function clientOf(model) {
  const blank = model.get("_figure");
  return clients.get(model) ?? [...clients.values()].find((client) => client.blank === blank);
}

/** @param {{ model: Model }} given */
function initialize({ model }) {
  const client = new Client(model); // now, not at the first view: no message may be lost between the two
  clients.set(model, client);
  return () => {
    client.close();
    clients.delete(model);
    const closed = /** @type {any} */ (model);
    // In the page alone: `silent`, and nothing is saved.
    for (const [name, light] of Object.entries(HEAVY)) closed.set?.(name, light, { silent: true });
  };
}

/** @param {{ model: Model, el: HTMLElement, signal?: AbortSignal }} given */
function render({ model, el, signal }) {
  const ended = new AbortController();
  const end = () => ended.abort();
  signal?.addEventListener("abort", end, { once: true });
  if (signal?.aborted) end();
  let client = clientOf(model);
  if (!client) {
    // A host that has not called `initialize`: this view has a client to itself.
    const own = new Client(model);
    ended.signal.addEventListener("abort", () => own.close(), { once: true });
    client = own;
  }
  new View(el, client, ended.signal);
  return end; // older versions of anywidget give no signal
}

export default { initialize, render };
