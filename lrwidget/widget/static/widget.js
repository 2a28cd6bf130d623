export default { render({ el }) { el.textContent = "The page's code was not built."; } };
