// One displayed copy of the widget: puts its parts into the page.

/** @import { Client } from "./types.d.ts" */

export class View {
  /**
   * @param {HTMLElement} el
   * @param {Client} client
   * @param {AbortSignal} signal
   */
  constructor(el, client, signal) {
    const root = document.createElement("div");
    root.className = "lrwidget";
    el.append(root);
    const show = () => {
      root.textContent = client.state.words.headline;
    };
    client.subscribe(show, signal);
    show();
    signal.addEventListener("abort", () => root.remove(), { once: true });
  }
}
