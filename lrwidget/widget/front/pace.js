// When to draw: as often as the page can, never so often that it has time for nothing else.

/**
 * Call `task` once a frame at most: calls that come before its turn are one. After each run the page is left alone for
 * as long as the run and its painting took, so that they take half of its time at most, however slow it is, and
 * nothing ever queues up. Before each run at least `held()` ms have passed since the last. Nothing runs after `signal`.
 * @param {() => unknown} task
 * @param {() => number} held
 * @param {AbortSignal} signal
 */
export function paced(task, held, signal) {
  let wanted = false;
  let working = false;
  const work = async () => {
    working = true;
    try {
      for (let ended = performance.now(); wanted && !signal.aborted; ) {
        await nextFrame(signal); // comes to no hidden page
        if (performance.now() - ended < held()) continue;
        await pause(0, signal); // out of the frame's own task: painting makes that one long enough
        if (signal.aborted) break;
        wanted = false;
        const began = performance.now();
        await task();
        await nextFrame(signal);
        await pause(0, signal); // the frame is painted before a timer's turn comes
        ended = performance.now();
        await pause(ended - began, signal);
      }
    } finally {
      working = false;
    }
  };
  return () => {
    wanted = true;
    if (!working && !signal.aborted) work();
  };
}

/**
 * Call `task` so many milliseconds after it was asked for; calls in between are the same one.
 * @param {number} gap
 * @param {() => void} task
 * @param {AbortSignal} signal
 */
export function afterwards(gap, task, signal) {
  /** @type {ReturnType<typeof setTimeout> | null} */
  let timer = null;
  signal.addEventListener("abort", () => clearTimeout(timer ?? undefined), { once: true });
  return () => {
    if (signal.aborted) return;
    timer ??= setTimeout(() => {
      timer = null;
      task();
    }, gap);
  };
}

/** @param {AbortSignal} signal */
function nextFrame(signal) {
  return waited((done) => {
    const frame = requestAnimationFrame(done);
    return () => cancelAnimationFrame(frame);
  }, signal);
}

/** @param {number} milliseconds @param {AbortSignal} signal */
function pause(milliseconds, signal) {
  return waited((done) => {
    const timer = setTimeout(done, milliseconds);
    return () => clearTimeout(timer);
  }, signal);
}

/**
 * Resolves when what was begun is done, or when `signal` aborts: then it is stopped.
 * @param {(done: () => void) => () => void} begin Returns what stops it.
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function waited(begin, signal) {
  return new Promise((resolve) => {
    const stopBegun = begin(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
    const stop = () => {
      stopBegun();
      resolve();
    };
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
  });
}
