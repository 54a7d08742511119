import { InvalidArgumentError, nearestNames } from '@ft/errors';
import { Option, type Command } from 'commander';
import { humanOutput, jsonOutput, type Output } from '../console-output.ts';

/** Reads a number from the command line, or explains in one sentence why it is none. */
export function numberOption(
  flag: string,
  {
    min = -Infinity,
    above = -Infinity,
    below = Infinity,
    integer = false,
  }: { min?: number; above?: number; below?: number; integer?: boolean },
): (text: string) => number {
  const limits = [
    min === -Infinity ? '' : `at least ${min}`,
    above === -Infinity ? '' : `above ${above}`,
    below === Infinity ? '' : `below ${below}`,
  ].filter((limit) => limit !== '');
  const expected = [integer ? 'a whole number' : 'a number', limits.join(' and ')].join(' ').trim();
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (
      !Number.isFinite(value) ||
      value < min ||
      value <= above ||
      value >= below ||
      (integer && !Number.isSafeInteger(value))
    ) {
      throw new InvalidArgumentError({ where: 'ft', argument: flag, expected, got: text });
    }
    return value;
  };
}

/** Reads one of a few words, or explains and suggests. */
export function choiceOption<T extends string>(flag: string, choices: readonly T[]): (text: string) => T {
  return (text) => {
    if ((choices as readonly string[]).includes(text)) return text as T;
    const [nearest] = nearestNames(text, choices);
    throw new InvalidArgumentError({
      where: 'ft',
      argument: flag,
      expected: `one of ${choices.join(', ')}`,
      got: text,
      ...(nearest === undefined ? {} : { remedy: `Did you mean ${nearest}?` }),
    });
  };
}

/** Reads a JSON object from the command line. */
export function jsonOption(flag: string): (text: string) => Record<string, unknown> {
  return (text) => {
    const refuse = (): never => {
      throw new InvalidArgumentError({
        where: 'ft',
        argument: flag,
        expected: 'a JSON object such as {"band":0.1}',
        got: text,
      });
    };
    try {
      const value: unknown = JSON.parse(text);
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? (value as Record<string, unknown>)
        : refuse();
    } catch {
      return refuse();
    }
  };
}

/** `--engine`, for every command that computes. */
export const engineOption = (): Option =>
  new Option(
    '--engine <name>',
    'tensorflow-gpu, tensorflow, wasm or webgpu (the fastest of the first three that works)',
  ).argParser(choiceOption('--engine', ['tensorflow-gpu', 'tensorflow', 'wasm', 'webgpu']));

/** The output that the user asked for, with `--json` or `--quiet` before or after the command's name. */
export function outputOf(command: Command): Output {
  const { json, quiet } = command.optsWithGlobals();
  return json === true ? jsonOutput() : humanOutput({ quiet: quiet === true });
}
