/**
 * Something whose state belongs to a run: a miner's schedule, a bank of embeddings, a learning rate that looks at
 * validation.
 */
export interface Resumable {
  /** Plain data: what JSON can hold, Float32Array and Int32Array. */
  state(): unknown;
  /** Goes back to what `state` gave. */
  restore(state: unknown): void;
  /** Is told the score of every validation, if there. */
  observe?(score: number): void;
}
