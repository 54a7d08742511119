/** A row as the driver gives it, by column. */
export type Row = Readonly<Record<string, unknown>>;

/** Runs one statement with `$1`, `$2`... standing for the parameters. */
export type Query = (sql: string, parameters?: readonly unknown[]) => Promise<readonly Row[]>;

/** What a gallery needs of PGlite or PostgreSQL. */
export interface Database {
  readonly query: Query;
  /** Runs statements that hold together: all of them, or none where the work throws. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
