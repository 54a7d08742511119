import { describeArchitecture, type EmbeddingModel } from '@ft/models';
import {
  adamW,
  constantRate,
  cosineDecay,
  linearDecay,
  sgd,
  type LearningRate,
  type Optimizer,
  type ParameterGroup,
  type TrainOptions,
} from '@ft/training';
import type { RunConfig } from './config.ts';

export function optimizerOf({ optimizer: { name, weightDecay, momentum } }: RunConfig): Optimizer {
  return name === 'adamw' ? adamW({ weightDecay }) : sgd({ weightDecay, momentum, nesterov: momentum > 0 });
}

export function learningRateOf({ schedule }: RunConfig, peak: number, steps: number): LearningRate {
  const warmup = Math.min(schedule.warmup, steps - 1);
  switch (schedule.name) {
    case 'linear':
      return linearDecay({ peak, steps, warmup });
    case 'cosine':
      return cosineDecay({ peak, steps, warmup });
    case 'constant':
      return constantRate({ peak, warmup });
  }
}

/** The weights of the frozen part of a network, as a group that is not trained. */
export function frozenParameters(model: EmbeddingModel, frozen: string | null): ParameterGroup[] {
  if (frozen === null) return [];
  const layers = describeArchitecture(model.architecture).layers.map(({ name }) => name);
  const last = layers.findLastIndex((name) => name === frozen || name.startsWith(`${frozen}/`));
  const below = new Set(layers.slice(0, last + 1));
  const names = [...model.weights].flatMap(([name, { trainable }]) =>
    trainable && below.has(name.slice(0, name.lastIndexOf('/'))) ? [name] : [],
  );
  return [{ names, frozenUntil: Infinity }];
}

/** Embeds what the inputs of a run are: images, or features of the frozen part. */
export function embedFrom(frozen: string | null): NonNullable<TrainOptions['embed']> {
  return (model, inputs, options) =>
    model.embed(inputs, frozen === null ? options : { ...options, from: frozen });
}
