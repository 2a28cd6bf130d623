/** @import { Client } from "../types.d.ts" */

/** Holds the figure's place until it is there. */
export class Figure {
  /**
   * @param {HTMLElement} host
   * @param {Client} _client
   * @param {AbortSignal} _signal
   */
  constructor(host, _client, _signal) {
    host.style.height = "380px";
    host.style.background = "repeating-linear-gradient(0deg, transparent 0 62px, #8883 62px 63px)";
  }

  /** @returns {Promise<string>} */
  async image() {
    return "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E";
  }
}
