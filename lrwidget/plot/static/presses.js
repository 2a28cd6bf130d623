// The widget's buttons and its rate field, heard by the plot that stands below them.
//
// They are widgets of their own, and what these send by themselves may overtake a rate that was chosen before. So a
// press goes by the plot's wire, behind that rate, and with what the page showed: what is accepted is what was seen.

const PRESS = "lrwidget-press-";

/** Hear the controls of the widget that holds `el`; `suggested()` is the rate to which its marker can be put back. */
function followControls(el, wire, marker, suggested, signal) {
  const within = (event, selector) => {
    const [target] = event.composedPath(); // in a shadow root the event's own target is the root's host
    const part = target?.closest?.(selector);
    return part && el.closest(".lrwidget")?.contains(part) ? part : null;
  };
  const pressed = (event) => {
    const button = within(event, `[class*="${PRESS}"]`);
    if (!button || button.disabled) return;
    event.stopImmediatePropagation(); // else its own widget would send the press too
    const name = [...button.classList].find((each) => each.startsWith(PRESS)).slice(PRESS.length);
    if (name === "suggestion") marker.set(suggested() ?? marker.lr);
    wire.say("press", name, { label: button.textContent.trim(), lr: marker.lr });
  };
  const typed = (event) => {
    const field = within(event, ".lrwidget-rate input");
    const lr = Number(field?.value ?? 0);
    if (!(lr > 0 && lr < Infinity)) return; // the kernel says what is wrong with it
    marker.set(lr); // now, because a click on Accept may be what ended the typing
    wire.say("lr", lr);
  };
  // On the document, before the controls hear of it: they may be made after the plot.
  document.addEventListener("click", pressed, { capture: true, signal });
  document.addEventListener("change", typed, { capture: true, signal });
}
