import assert from "node:assert/strict";
import { test } from "node:test";

import { keepSaved } from "../../lrwidget/widget/front/saved.js";

const OLD = { "text/html": '<div class="lrwidget-of-w">old</div>', "text/plain": "old" };
const NEW = { "text/html": '<div class="lrwidget-of-w">new</div>', "text/plain": "new" };
const OTHER = { "text/html": '<div class="lrwidget-of-v">old</div>', "text/plain": "old" };

/** @param {object} widget_manager */
const model = (widget_manager) => /** @type {any} */ ({ widget_manager });

test("JupyterLab's notebook gets the newest result of this widget, and no other output", () => {
  const list = [OLD, OTHER, { "text/html": [OLD["text/html"]] }].map((data) => ({
    output_type: "display_data",
    data,
  }));
  const outputs = {
    length: 3,
    get: (/** @type {number} */ i) => ({ data: list[i].data, toJSON: () => list[i] }),
    set(/** @type {number} */ i, /** @type {any} */ given) {
      list[i] = given;
    },
  };
  const cells = [{}, { outputs }];
  keepSaved(model({ context: { model: { cells } } }), "w", NEW);
  assert.deepEqual(
    list,
    [NEW, OTHER, NEW].map((data) => ({ output_type: "display_data", data })),
  );
});

test("the classic notebook gets it too, and knows that there is something to save", () => {
  const outputs = [{ data: OTHER }, { data: OLD }, {}];
  let dirty = 0;
  const notebook = {
    get_cells: () => [{}, { output_area: { outputs } }],
    set_dirty: () => dirty++,
  };
  keepSaved(model({ notebook }), "w", NEW);
  keepSaved(model({ notebook }), "w", NEW);
  assert.deepEqual(outputs, [{ data: OTHER }, { data: NEW }, {}]);
  assert.equal(dirty, 1, "what is there already is not put there again");
});

test("a page without a notebook is left alone", () => {
  for (const manager of [undefined, null, {}, { context: {} }, { notebook: {} }])
    keepSaved(model(/** @type {any} */ (manager)), "w", NEW);
});
