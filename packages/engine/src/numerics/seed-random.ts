import { createRandom } from '@ft/random';

/**
 * Makes what TensorFlow.js draws without a seed repeatable: initial weights, dropout, noise and shuffles.
 *
 * On every engine they come from generators that TensorFlow.js seeds with `Math.random`, so this replaces
 * `Math.random` for the whole process until the end is called for. Draws depend on their order.
 *
 * @param seed Any safe integer.
 * @returns A function that puts the system's `Math.random` back.
 * @throws InvalidArgumentError where the seed is not a safe integer.
 */
export function seedRandom(seed: number): () => void {
  const random = createRandom(seed, 'tensorflow.js');
  const system = Math.random;
  const seeded = () => random.next();
  Math.random = seeded;
  return () => {
    if (Math.random === seeded) Math.random = system;
  };
}
