// When to draw: as often as the page can, never so often that it has time for nothing else.

/**
 * Call `task` once a frame at most: calls that come before its turn are one. After each run the page is left alone for
 * as long as the run and its painting took, so that they take half of its time at most, however slow it is, and
 * nothing ever queues up. Before each run at least `held()` ms have passed since the last.
 */
function paced(task, held) {
  let wanted = false;
  let working = false;
  const work = async () => {
    working = true;
    try {
      for (let ended = performance.now(); wanted; ) {
        await nextFrame(); // comes to no hidden page
        if (performance.now() - ended < held()) continue;
        await pause(0); // out of the frame's own task: painting makes that one long enough
        wanted = false;
        const began = performance.now();
        await task();
        await nextFrame();
        await pause(0); // the frame is painted before a timer's turn comes
        ended = performance.now();
        await pause(ended - began);
      }
    } finally {
      working = false;
    }
  };
  return () => {
    wanted = true;
    if (!working) work();
  };
}

/** Call `task` at once, then not again for so many milliseconds. */
function atMostEvery(gap, task) {
  let last = -Infinity;
  return () => {
    if (performance.now() - last < gap) return;
    last = performance.now();
    task();
  };
}

/** Call `task` so many milliseconds after it was asked for; calls in between are the same one. */
function afterwards(gap, task) {
  let timer = null;
  return () => {
    timer ??= setTimeout(() => {
      timer = null;
      task();
    }, gap);
  };
}

function nextFrame() {
  return new Promise(requestAnimationFrame);
}

function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}
