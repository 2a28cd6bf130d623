// What a saved notebook keeps of a widget, put into the notebook of this page.
//
// The kernel fills an output that it made, by the output's name. JupyterLab knows such names only of outputs that it saw
// being made; after a reload it knows none, and the file would keep an old result. Where a widget's model leads to the
// notebook (JupyterLab, Notebook 7), the page fills the output itself; elsewhere nothing is done.

/** @import { Model } from "./types.d.ts" */

/**
 * @param {Model} model
 * @param {string} id The widget's.
 * @param {Record<string, string>} bundle Texts by their MIME type.
 */
export function keepSaved(model, id, bundle) {
  const cells = model.widget_manager?.context?.model?.cells;
  if (typeof cells?.[Symbol.iterator] !== "function") return;
  for (const { outputs } of cells) {
    for (let i = 0; i < (outputs?.length ?? 0); i++) {
      const output = outputs.get(i);
      const html = [output?.data?.["text/html"] ?? ""].flat().join("");
      if (html.includes(`lrwidget-of-${id}`) && html !== bundle["text/html"])
        output.setData({ data: bundle });
    }
  }
}
