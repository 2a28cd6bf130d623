"""In a real kernel: an old notebook, but for its import, shows the widget and goes on as it did."""

import nbformat
from nbclient import NotebookClient

SETUP = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from lrwidget import LRFinder
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=1e-5)
loader = DataLoader(TensorDataset(torch.randn(32, 4), torch.randn(32, 1)), batch_size=8, shuffle=True)
lr_finder = LRFinder(model, optimizer, nn.MSELoss())
lr_finder
"""
VIEW = "application/vnd.jupyter.widget-view+json"


def test_the_widget_is_shown_once_where_the_sweep_runs_and_again_where_the_finder_is_displayed():
    sources = [
        SETUP,
        "lr_finder.range_test(loader, end_lr=1, num_iter=30)",
        "import matplotlib; matplotlib.use('Agg'); import matplotlib.pyplot as plt\n"
        "_, ax = plt.subplots(); _, lr = lr_finder.plot(ax=ax); lr_finder.reset()",
        "lr_finder",
        "print(len(lr_finder.history['lr']), lr in lr_finder.history['lr'], lr_finder.widget.state)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    NotebookClient(notebook, timeout=120).execute()
    setup, swept, plotted, shown, told = (cell.outputs for cell in notebook.cells)
    assert "call range_test(train_loader)" in setup[0].data["text/plain"]
    assert _views(swept) == _views(shown)
    assert len(_views(swept)) == 1
    assert "Learning rate search finished. See the graph with {finder_name}.plot()" in _printed(swept)
    assert _printed(plotted).startswith("LR suggestion: steepest gradient\nSuggested LR: ")
    assert _printed(told) == "30 True finished\n"


def _views(outputs):
    return [output.data[VIEW]["model_id"] for output in outputs if VIEW in output.get("data", {})]


def _printed(outputs):
    return "".join(output.text for output in outputs if output.get("name") == "stdout")
