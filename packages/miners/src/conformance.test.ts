import { minerConformance } from '@ft/miner-test-kit';
import { describe, it } from 'vitest';
import { createMiner, minerNames, semiHard } from './index.ts';

for (const name of minerNames()) minerConformance({ describe, it, miner: createMiner(name) });

minerConformance({ describe, it, miner: semiHard({ choice: 'all', maxTriplets: 9, maxPerAnchor: 2 }) });
minerConformance({ describe, it, miner: semiHard({ choice: 'hardest', maxPositiveDistance: 1 }) });
