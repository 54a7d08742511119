import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const FT = fileURLToPath(new URL('../bin/ft.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/**
 * Runs the command as it is built and installed, in a process of its own.
 *
 * @param cwd where it runs
 * @param onLine is told every line of its output, and may kill it
 * @param env variables beside those of this process
 */
export function runFt(
  cwd: string,
  args: readonly string[],
  onLine: (line: string, kill: () => void) => void = () => {},
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [FT, ...args], {
      cwd,
      env: { ...process.env, ...env },
    });
    let out = '';
    let error = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      for (const line of text.split('\n')) onLine(line, () => child.kill('SIGKILL'));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (error += text));
    child.on('error', reject).on('close', (code) => resolve({ code, out, error }));
  });
}

/** The JSON lines that `--json` printed. */
export function eventsOf(out: string): Record<string, unknown>[] {
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
