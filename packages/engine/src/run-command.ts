import { spawn } from 'node:child_process';

export interface CommandResult {
  /** Exit code, or -1 where a signal ended the process. */
  readonly code: number;
  readonly signal: NodeJS.Signals | null;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

/**
 * Runs a program without a shell and gathers what it prints.
 *
 * @returns How it ended, or undefined where there is no such program.
 */
export function runCommand(
  program: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; signal?: AbortSignal | undefined; cwd?: string } = {},
): Promise<CommandResult | undefined> {
  return new Promise((resolve, reject) => {
    let output = '';
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    child.on('close', (code, signal) => resolve({ code: code ?? -1, signal, output }));
  });
}
