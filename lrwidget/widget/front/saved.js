// What a saved notebook keeps of a widget, put into the notebook of this page.
//
// The kernel fills an output that it made, by the output's name. JupyterLab knows such names only of outputs that it saw
// being made; after a reload it knows none, and the file would keep an old result. Where a widget's model leads to the
// notebook (JupyterLab, Notebook 7, the classic one), the page fills the output itself; elsewhere nothing is done.

/** @import { Model } from "./types.d.ts" */

/**
 * @param {Model} model
 * @param {string} id The widget's.
 * @param {Record<string, string>} bundle Texts by their MIME type.
 */
export function keepSaved(model, id, bundle) {
  const { context, notebook } = model.widget_manager ?? {};
  for (const { outputs } of listed(context?.model?.cells))
    for (let i = 0; i < (outputs?.length ?? 0); i++)
      // As JupyterLab itself does it: with `setData` the whole cell is drawn anew, the widget in it too.
      if (isOld(outputs.get(i))) outputs.set(i, { ...outputs.get(i).toJSON(), data: { ...bundle } });
  for (const cell of listed(notebook?.get_cells?.()))
    for (const output of listed(cell.output_area?.outputs))
      if (isOld(output)) {
        output.data = { ...bundle };
        notebook.set_dirty(true);
      }

  /** @param {any} output */
  function isOld(output) {
    const html = [output?.data?.["text/html"] ?? ""].flat().join("");
    return html.includes(`lrwidget-of-${id}`) && html !== bundle["text/html"];
  }
}

/**
 * @param {any} things
 * @returns {any[]}
 */
function listed(things) {
  return typeof things?.[Symbol.iterator] === "function" ? [...things] : [];
}
