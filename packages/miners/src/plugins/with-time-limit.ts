import { createContext, Script } from 'node:vm';

const script = new Script('call()');

/**
 * Calls a function and stops it where it does not return in time, even out of an endless loop.
 *
 * @param milliseconds at least 1
 * @param onTimeout makes the error to throw then
 */
export function withTimeLimit<T>(
  milliseconds: number,
  call: () => T,
  onTimeout: (cause: unknown) => Error,
): T {
  try {
    return script.runInContext(createContext({ call }), { timeout: milliseconds }) as T;
  } catch (cause) {
    if ((cause as { code?: unknown } | null)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause;
    throw onTimeout(cause);
  }
}
