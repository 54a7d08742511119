/** What an installation is doing now. Steps come in the order of the union. */
export interface InstallProgress {
  readonly step: 'wait' | 'download' | 'unpack' | 'compile' | 'check';
  /** One short sentence for people. */
  readonly text: string;
  /** Bytes so far, where the step counts bytes. */
  readonly done?: number;
  /** Bytes in all, where it is known. */
  readonly total?: number;
}

export type OnProgress = (progress: InstallProgress) => void;
