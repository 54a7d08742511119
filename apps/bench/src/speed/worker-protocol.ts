import type { Parameters } from './operation.ts';

/**
 * What the table's process asks of a worker, one JSON object a line on standard input; the answer is one line on
 * standard output with the same `id`. The worker of the peer speaks the same.
 */
export type WorkerRequest =
  /** What is installed: `{ versions, engine }`. */
  | { readonly id: number; readonly do: 'hello' }
  /** Makes an operation: `{ handle }`. */
  | {
      readonly id: number;
      readonly do: 'prepare';
      readonly operation: string;
      readonly parameters: Parameters;
    }
  /** Runs it so many times: `{ value }`, milliseconds of one time, or the mean of what it gave. */
  | { readonly id: number; readonly do: 'run'; readonly handle: number; readonly times: number }
  /** Runs it once: `{ value, peakBytes }`, with the memory taken on top of what the process had before. */
  | { readonly id: number; readonly do: 'first'; readonly handle: number }
  | { readonly id: number; readonly do: 'close'; readonly handle: number };

/** An answer; `error` where the request failed, and `missing` where something is not installed. */
export interface WorkerAnswer {
  readonly id: number;
  readonly error?: string;
  readonly missing?: string;
  readonly handle?: number;
  readonly value?: number;
  readonly peakBytes?: number | null;
  readonly versions?: Readonly<Record<string, string>>;
}
