// What leaves the page: files that are saved, texts that are copied.

import { element } from "./element.js";

/**
 * The bytes of a data URL. Not fetched: a page's content policy may forbid that.
 *
 * @param {string} url
 * @returns {Blob}
 */
export function blobOf(url) {
  const [, type = "text/plain", base64, body] = /^data:([^,;]*)[^,]*?(;base64)?,(.*)$/s.exec(url) ?? [];
  if (body === undefined) throw new TypeError("not a data URL");
  if (!base64) return new Blob([decodeURIComponent(body)], { type });
  return new Blob([Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0))], { type });
}

/**
 * Let the browser save a file.
 *
 * @param {HTMLElement} near Within the view.
 * @param {Blob} blob
 * @param {string} name
 */
export function save(near, blob, name) {
  const url = URL.createObjectURL(blob);
  const link = element("a", { href: url, download: name, hidden: true });
  near.append(link);
  link.click();
  link.remove();
  // Not at once: some browsers begin to read only later.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/**
 * Copy a text: true where the page may.
 *
 * @param {string} text
 * @returns {Promise<boolean>}
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // no clipboard on this page, or not allowed
  }
}
