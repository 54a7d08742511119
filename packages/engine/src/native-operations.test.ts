import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { operationsName } from './engine-cache.ts';
import { operationsSources } from './native-operations.ts';

test('the name of the operations follows their sources; after a change, write the new hash into it', () => {
  const hash = createHash('sha256');
  for (const name of readdirSync(operationsSources).sort()) {
    hash.update(readFileSync(join(operationsSources, name)));
  }
  expect(operationsName).toBe(`operations-${hash.digest('hex').slice(0, 12)}.node`);
});
