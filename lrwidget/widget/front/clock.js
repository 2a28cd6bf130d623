// The time, as a thing that can be handed on.

/** @typedef {{ now(): number, set(task: () => void, ms: number): unknown, clear(timer: any): void }} Clock */

/** @type {Clock} In milliseconds. */
export const CLOCK = {
  now: () => performance.now(),
  set: (task, ms) => setTimeout(task, ms),
  clear: (timer) => clearTimeout(timer),
};
