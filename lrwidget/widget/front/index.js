// The door of the page's code: what anywidget calls for each model, and for each place where it is displayed.

import { Client } from "./client.js";
import { View } from "./view.js";

/** @import { Model } from "./types.d.ts" */

/** What a model holds most of, with what it holds when it is closed: JupyterLab keeps every model for ever. */
const HEAVY = { _esm: "", _css: "", _figure: {} };

/**
 * By the widget's id: anywidget gives `initialize` and `render` two faces of one model, which are not the same object.
 * @type {Map<string, Client>}
 */
const clients = new Map();

/** @param {{ model: Model }} given */
function initialize({ model }) {
  const client = new Client(model); // now, not at the first view: no message may be lost between the two
  clients.set(client.id, client);
  return () => {
    client.close();
    if (clients.get(client.id) === client) clients.delete(client.id);
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
  let client = clients.get(model.get("_id"));
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
