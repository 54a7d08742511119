import { basename, dirname, resolve } from 'node:path';
import { compareText } from './compare-text.ts';
import type { FaceDataset, FaceImage } from './face-dataset.ts';
import { readRecords, textField } from './read-records.ts';
import { RecordError } from './record-error.ts';

/**
 * The data set that a manifest lists: a CSV or JSONL file with `file` and `identity` and optionally `id`.
 *
 * Paths are relative to the manifest's folder. Without `id`, the path as written is the id. Whether the files
 * exist is found out when they are decoded.
 *
 * @param manifest path of the file
 * @returns the images, sorted by id
 * @throws RecordError naming file and line where a line is malformed or an id comes twice
 */
export async function readManifest(manifest: string): Promise<FaceDataset> {
  const path = resolve(manifest);
  const root = dirname(path);
  const identities = new Map<string, string>();
  const images: FaceImage[] = [];
  const lines: number[] = [];
  for await (const record of readRecords(path, ['file', 'identity'])) {
    const file = ownCopy(textField(record, 'file', path));
    const name = textField(record, 'identity', path);
    // One copy of each name: a manifest of a million images has few people.
    let identity = identities.get(name);
    if (identity === undefined) {
      identity = ownCopy(name);
      identities.set(identity, identity);
    }
    const id = record.fields['id'] === undefined ? file : ownCopy(textField(record, 'id', path));
    images.push(new ManifestImage(id, identity, root, file));
    lines.push(record.line);
  }
  if (images.length === 0) throw new RecordError(path, 1, 'the manifest lists no images.');
  const order = images.map((_, i) => i).sort((a, b) => compareText(images[a]!.id, images[b]!.id));
  order.forEach((at, i) => {
    const before = order[i - 1];
    if (before !== undefined && images[before]!.id === images[at]!.id) {
      const [first, second] = [lines[before]!, lines[at]!].sort((a, b) => a - b);
      throw new RecordError(path, second!, `the id "${images[at]!.id}" was already used on line ${first}.`);
    }
  });
  return { name: basename(path), images: order.map((i) => images[i]!) };
}

/** A part of a longer text keeps all of that text in memory; the same characters read from bytes do not. */
function ownCopy(text: string): string {
  const copy = Buffer.from(text).toString();
  // Half a surrogate pair, which JSON can hold, is the one thing that UTF-8 cannot.
  return copy === text ? copy : text;
}

/** Joins folder and file only when asked, because a million long paths take much memory. */
class ManifestImage implements FaceImage {
  readonly id: string;
  readonly identity: string;
  readonly #root: string;
  readonly #path: string;

  constructor(id: string, identity: string, root: string, path: string) {
    this.id = id;
    this.identity = identity;
    this.#root = root;
    this.#path = path;
  }

  get file(): string {
    return resolve(this.#root, this.#path);
  }
}
