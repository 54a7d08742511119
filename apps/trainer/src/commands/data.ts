import type { Command } from 'commander';
import { addDataInspect } from './data-inspect.ts';
import { addDataOverlap } from './data-overlap.ts';
import { addDataPrepareLfw } from './data-prepare-lfw.ts';

export function addData(program: Command): void {
  const data = program
    .command('data')
    .description('look at images, find people that two data sets share, fetch LFW');
  addDataInspect(data);
  addDataOverlap(data);
  addDataPrepareLfw(data);
}
