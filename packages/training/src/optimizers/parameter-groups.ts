import { InvalidArgumentError, nearestNames } from '@ft/errors';
import type * as tf from '@tensorflow/tfjs-core';

/** How some of the weights are trained. */
export interface ParameterGroup {
  /** Names of weights; `*` stands for any text, as in `conv1/*`. */
  readonly names: string | readonly string[];
  /** Multiplies the learning rate, 0 or more. Default 1. */
  readonly rate?: number;
  /** In place of the optimizer's. Vectors (biases, batch norm) never decay. */
  readonly weightDecay?: number;
  /** Steps before which these weights stay as they are; Infinity for all. Default 0. */
  readonly frozenUntil?: number;
}

/** A weight that can be trained, and how. */
export interface Parameter {
  readonly name: string;
  readonly variable: tf.Variable;
  readonly rate: number;
  readonly weightDecay: number | undefined;
  readonly frozenUntil: number;
}

/**
 * Says of every trainable weight how it is trained: the first group that names it decides.
 *
 * @param variables by name; those not trainable are left out
 * @throws InvalidArgumentError where a number is out of range or a pattern names no trainable weight
 */
export function resolveParameters(
  variables: ReadonlyMap<string, tf.Variable>,
  groups: readonly ParameterGroup[] = [],
): Parameter[] {
  const trainable = [...variables].filter(([, variable]) => variable.trainable);
  const rules = groups.map(({ names, rate = 1, weightDecay, frozenUntil = 0 }, i) => {
    for (const [argument, got] of Object.entries({ rate, weightDecay: weightDecay ?? 0, frozenUntil })) {
      if (got >= 0) continue;
      throw new InvalidArgumentError({
        where: 'train',
        argument: `parameters[${i}].${argument}`,
        expected: 'a number of at least 0',
        got,
      });
    }
    const patterns = [names].flat().map((pattern) => {
      const expression = asExpression(pattern);
      if (!trainable.some(([name]) => expression.test(name))) refusePattern(pattern, i, trainable);
      return expression;
    });
    return { patterns, rate, weightDecay, frozenUntil };
  });
  return trainable.map(([name, variable]) => {
    const rule = rules.find(({ patterns }) => patterns.some((pattern) => pattern.test(name)));
    return {
      name,
      variable,
      rate: rule?.rate ?? 1,
      weightDecay: rule?.weightDecay,
      frozenUntil: rule?.frozenUntil ?? 0,
    };
  });
}

/**
 * Smaller learning rates for the lower parts of a network.
 *
 * @param blocks patterns of names, the lowest part first
 * @param factor of a part's rate to that of the part above it, above 0; the highest part has rate 1
 * @see Howard and Ruder, "Universal language model fine-tuning for text classification" (2018)
 */
export function discriminativeRates(blocks: readonly string[], factor: number): ParameterGroup[] {
  if (!(factor > 0)) {
    throw new InvalidArgumentError({
      where: 'discriminativeRates',
      argument: 'factor',
      expected: 'a number above 0',
      got: factor,
    });
  }
  return blocks.map((names, i) => ({ names, rate: factor ** (blocks.length - 1 - i) }));
}

/**
 * The layers that stay as they are at a step: those all of whose weights do. `conv1/kernel` belongs to `conv1`.
 *
 * Such a layer must not follow the batch either: its batch norm uses the running statistics.
 */
export function frozenLayers(parameters: readonly Parameter[], step: number): ReadonlySet<string> {
  const frozen = new Set<string>();
  const moving = new Set<string>();
  for (const { name, frozenUntil } of parameters) {
    const layer = name.slice(0, Math.max(0, name.lastIndexOf('/')));
    (step < frozenUntil ? frozen : moving).add(layer);
  }
  for (const layer of moving) frozen.delete(layer);
  return frozen;
}

function asExpression(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`);
}

function refusePattern(pattern: string, group: number, trainable: readonly [string, unknown][]): never {
  const names = trainable.map(([name]) => name);
  const near = nearestNames(pattern, names);
  const some =
    near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `There are ${names.slice(0, 5).join(', ')}...`;
  throw new InvalidArgumentError({
    where: 'train',
    argument: `parameters[${group}].names`,
    expected: 'the name of a trainable weight, or a pattern of some',
    got: pattern,
    remedy: some,
  });
}
