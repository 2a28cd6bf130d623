// The status line: what happens now, in words, and how far it is. Text is only ever set as text.

function render({ model, el, signal }) {
  el.classList.add("lrwidget-status");
  const region = document.createElement("div");
  region.setAttribute("role", "status");
  region.setAttribute("aria-live", "polite");
  const text = document.createElement("div");
  text.className = "lrwidget-status-text";
  const details = document.createElement("ul");
  region.append(text, details);
  const bar = document.createElement("div");
  bar.className = "lrwidget-progress";
  bar.setAttribute("role", "progressbar");
  bar.setAttribute("aria-label", "Sweep");
  bar.setAttribute("aria-valuemin", "0");
  bar.setAttribute("aria-valuemax", "100");
  const done = document.createElement("div");
  bar.append(done);
  el.append(bar, region);

  const say = () => {
    const now = model.get("text");
    if (text.textContent !== now) text.textContent = now;
    const lines = model.get("details");
    if (lines.join("\n") !== [...details.children].map((item) => item.textContent).join("\n")) {
      details.replaceChildren(
        ...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })),
      );
    }
    details.hidden = lines.length === 0;
    el.dataset.tone = model.get("tone");
  };
  const move = () => {
    const fraction = model.get("fraction");
    bar.classList.toggle("is-idle", fraction === null);
    done.style.width = `${100 * (fraction ?? 0)}%`;
    if (fraction === null) bar.removeAttribute("aria-valuenow");
    else bar.setAttribute("aria-valuenow", String(Math.round(100 * fraction)));
  };
  for (const name of ["text", "details", "tone"]) model.on(`change:${name}`, say);
  model.on("change:fraction", move);
  say();
  move();
}

export default { render };
