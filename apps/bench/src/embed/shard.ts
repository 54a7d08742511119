import { z } from 'zod';

const square = z.strictObject({ centerX: z.number(), centerY: z.number(), size: z.number() });

/** A part of the images of a data set and the network that embeds them: everything that decides their embeddings. */
export const shardSchema = z.strictObject({
  format: z.literal('ft-bench-shard-1'),
  /** `facts`: size and modification time, which change where the content does. */
  images: z.array(z.strictObject({ id: z.string(), file: z.string(), facts: z.string() })).min(1),
  /** Which square of an image is used, and where a face is looked for; null for the largest in the centre. */
  crop: square.nullable(),
  box: square.nullable(),
  /** Folder of the bundle, and what it must hold. */
  model: z.strictObject({ directory: z.string(), id: z.string() }),
  engine: z.enum(['tensorflow-gpu', 'webgpu', 'tensorflow', 'wasm']),
  versions: z.record(z.string(), z.string()),
});

export type Shard = z.infer<typeof shardSchema>;
