// Started by the tests as a process of its own: enrols one image after another, naming each that was acknowledged.
import { openGallery } from '../src/index.ts';

const [where, person, count] = process.argv.slice(2) as [string, string, string];
const gallery = await openGallery(where, {
  network: { model: 'm', dimension: 4, measure: 'euclidean' },
  patience: 300,
});
for (let i = 0; i < Number(count); i++) {
  await gallery.enroll([{ person, image: String(i), embedding: Float32Array.of(i, 0, 0, 1) }]);
  process.stdout.write(`${i}\n`);
}
await gallery.close();
