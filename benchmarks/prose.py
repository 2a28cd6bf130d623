"""What docs/benchmarks.md says beside its tables and pictures."""

INTRODUCTION = """\
# Benchmarks

A range test is a training loop with something around it. What costs that something? Everything is measured
against the same loop written by hand, in the same process, in turn with it: a ratio is that of runs right
beside each other, and what is shown is the median of all rounds and their [quartiles]. `bare loop again` is
the same loop once more: the noise. On the CPU, times are the processor's, which other programs disturb less
than the clock's, unless a table says otherwise.

```sh
make bench                                                      # everything: an hour, half of it the soak
make bench ARGS="--quick"                                       # few repeats, smaller sizes
make bench ARGS="--only engines --only snapshots"               # some parts
make bench ARGS="--save .artifacts/bench.json --write-page"     # keep the results, and write this page
.venv/bin/python -m benchmarks.document .artifacts/bench.json  # write it from what was kept
```
"""
ENGINES = """\
## Every engine on the same work

A sweep of {steps} steps, the making of the finder, its copy of the model and its restore included; trainers
that users of Lightning, ignite and fastai have anyway are made before. Progress bars and checkpoints are
part of it, what they print goes nowhere. It is checked that every one takes the same number of optimizer
steps, and that `RangeTest`, `LRWidget`, the drop-in and pytorch-lr-finder see the losses of the bare loop,
step by step. Lightning, ignite and fastai space their rates otherwise: of these only the number of steps is
compared. fastai cannot be where Lightning is, and is measured in another process beside a bare loop there.

*What to see*, of the processor's time: blue is this package, orange are the others; a dot on the grey line
costs nothing, a short bar means that the rounds agreed. The smaller the model, the more the engine's own
work shows. *Fastest* compares the fastest run of all rounds with the bare loop's: what others do on the
machine disturbs it least.
"""
VALIDATION = """\
## A validation loss after every step

`RangeTest` draws the batches of `val_loader` once and keeps them; pytorch-lr-finder begins the loader anew
in every step, and so decodes every sample again and starts the loader's workers again. Here the set is 397
handwritten digits as PNG files in memory; each is decoded by Pillow, made a float tensor and normalised.
Training batches are tensors in memory. The bare loop draws the validation batches once too. All see the
same losses, which is checked. Times are the clock's, for workers are processes of their own. What remains
is the model's own time. The aim is to be so many times as fast as pytorch-lr-finder; where the model takes
most of a step, the bare loop is hardly faster either, and the aim is out of reach.
"""
SNAPSHOTS = """\
## Snapshot and restore against a raw copy

The state is parameters, gradients and Adam's two averages. A raw copy is `[t.clone() for t in tensors]`,
and `t.copy_(copy)` for each of them back. Both begin with memory fresh from the system; every tensor is
written to in between.

*What to see*: with large states most of the time is the copy's. Ours goes into one piece of memory with
large pages, which the system has ready sooner than many pieces, so the ratio can be below 1; the way back
gains less, and takes about as long as the raw copy where there are many tensors. With small states most of
the time is the walk over modules, optimizer and generators: milliseconds, and ratios above 1. *held / state*:
the bytes that the snapshot says it holds, over the state's. *peak / state*: the most memory beyond what was
there before, up to the end of the restore.
"""
SCALING = """\
## Growth

What a sweep takes more than the bare loop of its round, as steps and parameters grow. The exponent is the
slope in the logarithms: 1 means in proportion, 0 not at all.

*What to see*: up to 1, what a sweep takes more grows no faster than the training itself; above 1 it grew
faster here. Small sweeps have a fixed cost of some milliseconds, so the exponent of the parameters counts
from where the line is straight. *More* is the difference of two long runs, and as uncertain as its
[quartiles] say; *snapshot and restore* are timed by themselves.
"""
LIVE_PAGE = """\
## Headless and live

The widget in JupyterLab, with Chromium drawing, on the same cores as the training, beside the range test
without a page in the same kernel. The aim is for the clock, where a step takes {aim_ms:.0f} ms or more.
*What to see*: "bare loop again" is the noise; what differs by less than its row does not differ, so an aim
closer to 1 than that row can be neither reached nor missed for sure.
"""
SMOOTH = """\
## The page

The page keeps every point and draws those that make the picture: at most 512 dots a panel, and every point
of a part that is zoomed in on and has no more. It draws no more often than half of its time allows. Plotly
draws axes when they change; in between new points and curves are drawn without it, and it catches up once a
second. *Long tasks* are those that the browser itself reports: of 50 ms and more; *ours in one* is the most
that our code had of one of them, *plotly's* that plotly had, by the browser's profiler. A *bare anywidget* is
one empty element: what it takes is JupyterLab's. The saved result is an output of its own, and so a message
more. Chromium draws in software here, on the same cores.
"""
COMPILED = """\
## Compiled

`compiled=True` compiles the loss, and the optimizer's step where PyTorch can: not under a scaler, not
with `foreach=True`, and only its own optimizers. Their rates are tensors meanwhile, so that none is compiled
in. It can pay where a step has many small parts, for which Python takes longer than the device:
below 1 the sweep is quicker than the bare loop. Here the optimizers have stepped once before.
"""
TRIALS = """\
## Trials

Three trials of 100 steps, each with its own copy of everything and its return, against the same 300 steps in
a bare loop that remembers nothing; no trial ends early here. The aim holds where a step takes 5 ms or more.
"""
NO_GPU = """\
These figures are from a machine without a GPU. On one with a CUDA device the same `make bench` measures
everything there as well: every table gets rows `cuda`, and the bare loop that calls `.item()` in each step
is among them."""
