/** A piece of work that is timed. Everything it needs was made before. */
export interface Operation {
  /** Does the work once. A number that it gives is taken in place of the milliseconds that it took. */
  run(): void | number | Promise<void | number>;
  dispose?(): void | Promise<void>;
}

/** What an operation is made from: plain JSON, the same for the peer. */
export type Parameters = Readonly<Record<string, unknown>>;

/** Operations by name. */
export type Operations = Readonly<Record<string, (parameters: Parameters) => Operation | Promise<Operation>>>;
