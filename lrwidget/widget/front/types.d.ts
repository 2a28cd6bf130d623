// What passes between kernel, page and the parts of the page. The kernel's side is lrwidget/widget/record.py (state)
// and lrwidget/widget/wire.py (commands); every number that is not finite comes as null.

/** Everything that a page shows, as the kernel knows it. A higher version replaces a lower one, never the reverse. */
export interface State {
  version: number;
  state: "idle" | "running" | "paused" | "finished" | "failed" | "accepted";
  /** Number of the sweep that is shown; 0 before the first. */
  sweep: number;
  stop_reason: string | null;
  closed: boolean;
  /** Whether the kernel could not hear the page while the cell that runs or waits is on. */
  deaf: boolean;
  /** Whether the page is to count up `_seen` when a rate was accepted: marimo then runs cells again. */
  reactive: boolean;
  progress: Progress;
  plan: Plan;
  choice: Choice;
  offers: { rules: { name: string; words: string }[]; metric_name: string | null };
  words: Words;
  overlay: Overlay;
  /** What is on while "running" or "paused": a sweep, or short trainings. At rest "sweep". */
  doing: "sweep" | "trials";
  /** Sweeps that are kept, oldest first. The one that is judged is active; the figure's own curve is its. */
  runs: Run[];
  /** Short trainings at a few rates, on now or the last; null: none belong to what is shown. */
  trials: Trials | null;
  can: Record<
    "run" | "pause" | "resume" | "stop" | "accept" | "undo" | "clear" | "move" | "try" | "extend" | "refine",
    boolean
  >;
}

/** A sweep that is kept. */
export interface Run {
  id: number;
  name: string;
  /** What the present rule picks from it. */
  lr: number | null;
  /** Whether its curve is drawn, dimmed, beside the active one's. */
  shown: boolean;
  active: boolean;
}

/** Short trainings, in the order of their rates. */
export interface Trials {
  /** Counts them: another number is another set of trainings. */
  number: number;
  /** Planned for each. */
  steps: number;
  trials: {
    lr: number;
    /** How far it is. */
    step: number;
    /** Why it ended, in a word or two ("diverged", "behind"); "" = as planned; null = it has not, or has not begun. */
    ended: string | null;
    /** The loss that it is judged by; null = not yet, or none. */
    loss: number | null;
  }[];
  /** Index of the best; null: not known, or there is none. */
  winner: number | null;
}

/** How far the sweep that is shown is; while trials are on, all of these together. Rates per step, losses as recorded,
    times in seconds. */
export interface Progress {
  step: number;
  num_iter: number;
  seconds: number | null;
  seconds_left: number | null;
  steps_per_second: number | null;
  lr: number | null;
  loss: number | null;
  best_loss: number | null;
}

/** What Run will sweep. With `step_mode` "list" the rates are the user's own, and none of it can be edited. */
export interface Plan {
  start_lr: number;
  end_lr: number;
  num_iter: number;
  step_mode: "exp" | "linear" | "list";
}

export interface Choice {
  rule: string;
  /** Decades. */
  bandwidth: number;
  on: "loss" | "metric";
  lr: number | null;
  suggested_lr: number | null;
  accepted_lr: number | null;
  bounds: [number, number] | null;
  shows_bounds: boolean;
}

/** Texts that are written in Python, because the terminal and the saved notebook say the same. Plain text, no markup. */
export interface Words {
  /** What is known now, in a few words ("0.0012: the loss falls fastest here."), shown strong. */
  headline: string;
  /** What is to be added to it, on the same line. */
  text: string;
  /** Warnings, refusals and advice, a line each. */
  notes: string[];
  tone: "quiet" | "good" | "warning" | "error";
  /** The settings on one line ("1e-7 to 10 in 100 steps · steepest · smoothing 0.3"). */
  summary: string;
  /** What a screen reader is told when the state changes; the same as long as it does not. */
  announcement: string;
}

/** Where the suggestion stands, and the band of good constant rates. */
export interface Overlay {
  lr: number | null;
  loss: number;
  change: number;
  band: [number, number] | null;
}

/** The empty figure for plotly, all that differs between themes, and the ends of the rate axis. */
export interface Blank {
  data: object[];
  layout: any;
  themes: Record<"light" | "dark", any>;
  limits: [number, number];
  /** Of the plotly.js that the figure is for: a page that has this one does not ask for it. */
  plotly_version: string;
}

/** What the page asks for. `lr` and the like are what the page shows then. */
export interface Commands {
  hello: { plotly: boolean };
  run: { start_lr: number; end_lr: number; num_iter: number };
  pause: {};
  resume: {};
  stop: {};
  accept: { lr: number };
  undo: {};
  clear: {};
  /** null puts the marker back to the suggestion. */
  move: { lr: number | null };
  /** null puts the bounds back to what the curve shows. */
  bounds: { bounds: [number, number] | null };
  show_bounds: { shown: boolean };
  plan: Partial<Pick<Plan, "start_lr" | "end_lr" | "num_iter">>;
  rule: { rule: string };
  bandwidth: { bandwidth: number };
  on: { on: "loss" | "metric" };
  show_run: { run: number; shown: boolean };
  rename_run: { run: number; name: string };
  remove_run: { run: number };
  /** Judge this one: its curve becomes the figure's own, its pick the suggestion. */
  activate_run: { run: number };
  /** Train shortly at a few rates around this one, from the same start; null: around the optimizer's own. */
  try: { lr: number | null };
  /** Sweep densely between these rates, and as before outside of them. */
  refine: { low: number; high: number };
  /** Sweep on to higher rates. */
  extend: {};
  /** Answered with `value`: the file's text. "code": the lines that set this rate without the widget. */
  export: { format: "json" | "csv" | "code" };
}

/** What the page showed when a command was given; a command whose sweep is over does nothing. */
export interface Seen {
  sweep: number;
  state: State["state"] | null;
  lr: number | null;
}

export interface Answer {
  n: number;
  done: boolean;
  /** Why it was refused. */
  why: string | null;
  value?: unknown;
}

/** Page to kernel: all that is unanswered, in order. */
export interface ToKernel {
  page: string;
  said: { n: number; name: keyof Commands; args: object; seen: Seen }[];
}

/** Kernel to page, as custom messages; "frame" and "plotly" bring buffers. */
export type FromKernel =
  | ({ kind: "frame" } & FrameHead)
  | { kind: "answer"; page: string; upto: number; answers: Answer[] }
  | { kind: "call" }
  | { kind: "plotly"; version: string }
  /** All curves of runs that are not active, whole: for each three buffers, rates, smoothed losses, slopes. A higher
      `version` replaces a lower one. */
  | { kind: "runs"; version: number; runs: number[] }
  /** All points of the trials so far, whole: for each in their order two buffers, steps (from 1) and smoothed losses. Of
      the same `number` and more points in all, it replaces what was known. */
  | { kind: "trials"; number: number; count: number }
  | { kind: "saved"; bundle: Record<string, string> };

/** Head of a frame; see lrwidget/plot/frames.py. */
export interface FrameHead {
  sweep: number;
  /** Counts all changes of the numbers, those of earlier sweeps too; a frame that starts at zero has the newest's. */
  revision: number;
  first: number;
  count: number;
  curve_first: number;
  metric: boolean;
  axes: null | {
    loss: [number, number];
    change: [number, number];
    threshold: number;
    tickvals: number[];
    ticktext: string[];
    metric?: [number, number];
  };
}

/** anywidget's model, as far as it is used. */
export interface Model {
  get(name: string): any;
  send(content: unknown): void;
  on(event: string, handler: (...given: any[]) => void): void;
  off(event: string, handler: (...given: any[]) => void): void;
  /** Only for marimo, see `State.reactive`. */
  set?(name: string, value: unknown): void;
  save_changes?(): void;
  widget_manager?: any;
}

/** What has changed: "points" when only the numbers grew. */
export type What = "blank" | "state" | "hand" | "points";

/** One per model and page, shared by its views: the newest state, the numbers, and what the hands do. */
export interface Client {
  /** The model's id, by which what a saved notebook keeps of this widget is known; "" where there is none. */
  readonly id: string;
  /** The style sheet, for a view in a shadow root. */
  readonly css: string;
  readonly state: State;
  readonly blank: Blank;
  readonly series: Series;
  /** Of the runs that are not active. */
  readonly curves: { readonly version: number; get(run: number): RunCurve | null };
  readonly trialCurves: { readonly count: number; of(trials: Trials): TrialCurve[] };
  /** The runs as this page shows them: as the kernel has them, and what hands did since. */
  readonly runs: Run[];
  /** The rate that this page shows: under the hand that drags, else the newest said that is unanswered, else the kernel's. */
  readonly lr: number | null;
  readonly bounds: [number, number] | null;
  /** What has not been answered for more than a second, oldest first; empty: nothing is waited for. */
  readonly waiting: (keyof Commands)[];
  /** Say something to the kernel; the promise never rejects. */
  say<Name extends keyof Commands>(name: Name, args: Commands[Name]): Promise<Answer>;
  /** A hand drags the marker (null: it let go; what counts is then said by `move`). Every view follows. */
  drag(lr: number | null): void;
  /** plotly.js, once it is there. */
  plotly(): Promise<any>;
  /** `changed` is called after any change, until `signal` aborts. */
  subscribe(changed: (what: What) => void, signal: AbortSignal): void;
}

/** A curve over rates. */
export interface RunCurve {
  lr: Float64Array;
  smoothed: Float64Array;
  change: Float64Array;
}

/** A curve over steps. */
export interface TrialCurve {
  steps: Float64Array;
  losses: Float64Array;
}

/** The page's copy of the numbers. */
export interface Series {
  readonly version: number;
  readonly sweep: number;
  readonly axes: FrameHead["axes"];
  get(field: "lr" | "loss" | "curveLr" | "smoothed" | "change" | "metric" | "smoothedMetric"): Float64Array;
}

/** The figure of one view (front/figure/figure.js): `new Figure(host, client, signal, refine)`. */
export interface Figure {
  /** Let the curve of this run stand out while a hand is on its name; null: of none. */
  emphasise(run: number | null): void;
  /** A data URL of the figure as it is shown, marker included, on white (light) or dark paper. */
  image(format: "png" | "svg"): Promise<string>;
}
