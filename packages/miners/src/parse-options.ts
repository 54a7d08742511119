import { InvalidArgumentError, nearestNames } from '@ft/errors';
import type { z } from 'zod';

/**
 * Options of a strategy, checked and with defaults filled in.
 *
 * @param where who complains, e.g. `miner "semi-hard"`
 * @param schema a strict object; the message of every rule says what is expected, e.g. `'a number above 0'`
 * @param input what the caller gave
 * @throws InvalidArgumentError on the first wrong or unknown option
 */
export function parseOptions<S extends z.ZodObject>(where: string, schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(schema.shape);
    const unknown = issue.keys[0]!;
    const near = nearestNames(unknown, known);
    throw new InvalidArgumentError({
      where,
      argument: 'every option',
      expected: `one of ${known.join(', ')}`,
      got: unknown,
      ...(near.length > 0 && { remedy: `Did you mean "${near[0]}"?` }),
    });
  }
  if (issue.path.length === 0) {
    throw new InvalidArgumentError({ where, argument: 'options', expected: 'an object', got: input });
  }
  let got: unknown = input;
  for (const key of issue.path) got = (got as Record<PropertyKey, unknown>)?.[key];
  throw new InvalidArgumentError({ where, argument: issue.path.join('.'), expected: issue.message, got });
}
