import { InvalidArgumentError } from '@ft/errors';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** A seeded source of random numbers. Its whole state is four integers, so a run can be resumed exactly. */
export interface Random {
  /** A number in [0, 1), a multiple of 2^-24. */
  next(): number;
  /** An integer in [0, bound), without bias. `bound` is an integer from 1 to 2^32. */
  int(bound: number): number;
  /** A number from the normal distribution with mean 0 and standard deviation 1. */
  normal(): number;
  /** Puts the items in random order, in place, and returns the same object. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T;
  /** The state, to hand to {@link Random.restore} later. */
  state(): number[];
  /** Goes back to a state that {@link Random.state} gave. */
  restore(state: readonly number[]): void;
}

/**
 * A random stream that depends on the seed and on the stream's name only, so that drawing more from one
 * stream (the sampler's, say) never changes another (the miner's).
 *
 * @param seed any safe integer
 * @param stream names the use, e.g. `'sampler'`
 * @throws InvalidArgumentError where `seed` is not a safe integer
 * @see Blackman and Vigna, "Scrambled linear pseudorandom number generators" (2018): xoroshiro128+
 */
export function createRandom(seed: number, stream = ''): Random {
  if (!Number.isSafeInteger(seed)) {
    throw new InvalidArgumentError({
      where: 'createRandom',
      argument: 'seed',
      expected: 'a safe integer',
      got: seed,
    });
  }
  let generator = xoroshiro128plusFromState(hashToState(`${seed}/${stream}`));
  // The lowest bits of xoroshiro128+ are its weakest, so both draws below use the high ones.
  const next = () => (generator.next() >>> 8) * 2 ** -24;

  return {
    next,
    int(bound) {
      if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) {
        throw new InvalidArgumentError({
          where: 'Random.int',
          argument: 'bound',
          expected: 'an integer from 1 to 2^32',
          got: bound,
        });
      }
      const limit = 2 ** 32 - (2 ** 32 % bound);
      let draw = generator.next() >>> 0;
      while (draw >= limit) draw = generator.next() >>> 0;
      return Math.floor(draw / (limit / bound));
    },
    normal() {
      const radius = Math.sqrt(-2 * Math.log(1 - next()));
      return radius * Math.cos(2 * Math.PI * next());
    },
    shuffle(items) {
      for (let i = items.length - 1; i > 0; i--) {
        const j = this.int(i + 1);
        const item = items[i];
        items[i] = items[j];
        items[j] = item;
      }
      return items;
    },
    state: () => [...generator.getState()],
    restore(state) {
      if (
        state.length !== 4 ||
        !state.every((word) => Number.isInteger(word)) ||
        state.every((word) => word === 0)
      ) {
        throw new InvalidArgumentError({
          where: 'Random.restore',
          argument: 'state',
          expected: 'the four integers that state() gave',
          got: state,
        });
      }
      generator = xoroshiro128plusFromState(state);
    },
  };
}

/** Four 32-bit words from a text: FNV-1a over it, then a murmur3 finaliser for each word. Never all zero. */
function hashToState(text: string): number[] {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  const words: number[] = [];
  let second = hash ^ text.length;
  for (let i = 0; i < 4; i++) {
    hash = (hash + 0x9e3779b9) | 0;
    second = Math.imul(second ^ hash, 0x85ebca6b) + text.charCodeAt(i % text.length);
    let word = hash ^ second;
    word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    words.push((word ^ (word >>> 16)) | 0);
  }
  return words.some((word) => word !== 0) ? words : [1, 0, 0, 0];
}
