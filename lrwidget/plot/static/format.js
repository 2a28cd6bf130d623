// How a rate is written; the same rule as lrwidget.core.text.format_rate.

function formatRate(lr, digits = 3) {
  if (lr === 0 || !Number.isFinite(lr)) return String(lr);
  const rounded = Number(lr.toPrecision(digits));
  const size = Math.abs(rounded);
  if (size >= 1e-3 && size < 1e4) return String(rounded);
  return rounded.toExponential().replace("e+", "e");
}
