import type { EngineName } from '@ft/engine';
import type { Parameters } from './operation.ts';

/** Which worker runs a side: ours on the chosen engine, a second one of ours set up otherwise, or the peer's. */
export type Side =
  | { readonly worker: 'ours' }
  | { readonly worker: 'other'; readonly engine: EngineName; readonly accelerate: boolean }
  | { readonly worker: 'peer'; readonly library: string };

/** One row of the table. */
export interface SpeedCase {
  readonly group: string;
  /** Unique within its group, e.g. `nt-xent B=512`. */
  readonly name: string;
  readonly operation: string;
  readonly parameters: Parameters;
  /** What it is compared with; it runs the same operation and parameters unless it says otherwise. */
  readonly against?: Side & { readonly operation?: string; readonly parameters?: Parameters };
  /** Who runs our side, where it is not the chosen engine. */
  readonly by?: Extract<Side, { worker: 'other' }>;
  /** Part of `--quick`. */
  readonly quick: boolean;
  /** The operation measures a share of its time, not milliseconds. */
  readonly isShare?: boolean;
  /** How many things one run handles, for a row that is read as a rate. */
  readonly items?: number;
}

/** `group/name`: what `--only`, the goals and the baseline know a row by. */
export const caseId = ({ group, name }: Pick<SpeedCase, 'group' | 'name'>): string => `${group}/${name}`;
