import { identityOverlap, nearDuplicates, packImages, type PackedImages } from '@ft/datasets';
import { LFW_ALIASES } from '@ft/datasets-lfw';
import type { Command } from 'commander';
import type { Output } from '../console-output.ts';
import { imageCacheDirectory, openFaceSource, type FaceSource } from '../face-source.ts';
import { outputOf } from './options.ts';

/** Fingerprints of photographs need no more pixels than this. */
const SIZE = 64;
/** How many findings of a kind are shown to people; JSON has them all. */
const SHOWN = 20;

export function addDataOverlap(data: Command): void {
  data
    .command('overlap')
    .description('find people and photographs that two data sets share, by name and by pixels')
    .argument('<first>', 'lfw:DIR, folder:DIR or manifest:FILE')
    .argument('<second>', 'likewise')
    .option('--json', 'print JSON lines, with every finding')
    .addHelpText('after', '\nExample: ft data overlap folder:photos lfw:lfw')
    .action(async (firstSource: string, secondSource: string, _options, command: Command) => {
      const output = outputOf(command);
      const sources = [
        await openFaceSource(firstSource, output),
        await openFaceSource(secondSource, output),
      ] as const;
      const [first, second] = [await pack(sources[0], output), await pack(sources[1], output)];

      const aliases = sources.some(({ isLfw }) => isLfw) ? LFW_ALIASES : [];
      const names = identityOverlap(first.identities, second.identities, aliases);
      output.say(
        `People: ${first.identities.length} and ${second.identities.length}, ${names.length} likely the same by name`,
      );
      names
        .slice(0, SHOWN)
        .forEach((match) => output.say(`  ${match.first} = ${match.second} (${match.how})`));
      sayRest(output, names.length);

      const copies = nearDuplicates(first, second).map(({ first: a, second: b, distance, identical }) => ({
        first: first.ids[a]!,
        second: second.ids[b]!,
        bits: distance,
        identical,
      }));
      output.say(
        `Photographs: ${first.count} and ${second.count}, ${copies.length} pairs look like one photograph`,
      );
      for (const copy of copies.slice(0, SHOWN)) {
        const how = copy.identical ? 'every pixel' : `${copy.bits} of 256 bits differ`;
        output.say(`  ${copy.first} = ${copy.second} (${how})`);
      }
      sayRest(output, copies.length);
      output.event('overlap', {
        people: [first.identities.length, second.identities.length],
        images: [first.count, second.count],
        names,
        photographs: copies,
      });
    });
}

function sayRest(output: Output, count: number): void {
  if (count > SHOWN) output.say(`  and ${count - SHOWN} more (--json lists all)`);
}

async function pack({ dataset }: FaceSource, output: Output): Promise<PackedImages> {
  const progress = output.progress(`Decoding ${dataset.name}`);
  const packed = await packImages(dataset, {
    size: SIZE,
    cacheDir: imageCacheDirectory(),
    onDamaged: 'skip',
    onProgress: (done, total) => progress.update(done, total),
  });
  progress.end();
  if (packed.skipped.length > 0) {
    const [worst] = packed.skipped;
    output.say(
      `Skipped ${packed.skipped.length} of ${dataset.images.length} images of ${dataset.name}, first ${worst!.id}: ${worst!.reason}`,
    );
    output.event('skipped', { dataset: dataset.name, images: packed.skipped });
  }
  return packed;
}
