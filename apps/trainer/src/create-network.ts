import { InvalidArgumentError, nearestNames } from '@ft/errors';
import {
  catalogEntry,
  createModel,
  describeArchitecture,
  modelCatalog,
  type Architecture,
  type EmbeddingModel,
} from '@ft/models';
import type { RunConfig } from './config.ts';

/**
 * Refuses a network that cannot be made, before any work is done for it.
 *
 * @throws InvalidArgumentError where there is no such network, an option or block is not its own, or it has no
 *   trained weights
 */
export function checkNetwork(model: RunConfig['model']): void {
  const { name, pretrained, frozen } = model;
  if (pretrained && catalogEntry(name).pretrained === undefined) throw withoutWeights(name);
  const places = describeArchitecture(architectureOf(model)).layers.flatMap((layer) =>
    layer.splittable ? [layer.name] : [],
  );
  if (frozen !== null && !places.includes(frozen)) {
    const [nearest] = nearestNames(frozen, places);
    const remedy = nearest === undefined ? `There are ${places.join(', ')}.` : `Did you mean ${nearest}?`;
    throw new InvalidArgumentError({
      where: 'ft',
      argument: '--freeze',
      expected: `a block of ${name}`,
      got: frozen,
      remedy,
    });
  }
}

/** Refuses trained weights of a network that has none. */
export function withoutWeights(name: string): InvalidArgumentError {
  const some = modelCatalog.flatMap((other) => (other.pretrained === undefined ? [] : [other.name]));
  return new InvalidArgumentError({
    where: 'ft',
    argument: 'the network',
    expected: 'one that comes with trained weights',
    got: name,
    remedy: `There are some for ${some.join(', ')}.`,
  });
}

/** The network of a run before its training, with fresh weights by the seed or those that come with it. */
export async function createNetwork(model: RunConfig['model'], seed: number): Promise<EmbeddingModel> {
  const { pretrained } = catalogEntry(model.name);
  if (model.pretrained && pretrained !== undefined) return pretrained.load();
  return createModel(architectureOf(model), { seed });
}

function architectureOf({ name, size, options }: RunConfig['model']): Architecture {
  const entry = catalogEntry(name);
  return entry.build(entry.options.includes('size') ? { ...options, size } : options);
}

/** The length of the embeddings of a network. */
export const embeddingSizeOf = (model: RunConfig['model']): number => architectureOf(model).embeddingSize;

/** How many networks side by side make an embedding. */
export function embeddingPartsOf(model: RunConfig['model']): number {
  const last = architectureOf(model).layers.at(-1)!;
  return last.type === 'concat' ? last.branches.length : 1;
}

/** The input size of a network that has only one, in pixels. */
export function fixedInputSize(name: string): number | undefined {
  const entry = catalogEntry(name);
  return entry.options.includes('size') ? undefined : entry.build().input.height;
}
