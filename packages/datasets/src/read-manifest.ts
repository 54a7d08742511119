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
  const ManifestImage = imagesIn(dirname(path));
  const identities = new Map<string, string>();
  const images: FaceImage[] = [];
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
    images.push(new ManifestImage(id, identity, file));
  }
  if (images.length === 0) throw new RecordError(path, 1, 'the manifest lists no images.');
  images.sort((a, b) => compareText(a.id, b.id));
  const twice = images.find(({ id }, i) => id === images[i + 1]?.id);
  if (twice !== undefined) throw await comesTwice(path, twice.id);
  return { name: basename(path), images };
}

/** Looks up the lines again, which a million images need not remember. */
async function comesTwice(path: string, id: string): Promise<RecordError> {
  const lines: number[] = [];
  for await (const record of readRecords(path, ['file', 'identity'])) {
    const own = textField(record, record.fields['id'] === undefined ? 'file' : 'id', path);
    if (own === id) lines.push(record.line);
  }
  return new RecordError(path, lines[1]!, `the id "${id}" was already used on line ${lines[0]}.`);
}

/** A part of a longer text keeps all of that text in memory; the same characters read from bytes do not. */
function ownCopy(text: string): string {
  const copy = Buffer.from(text).toString();
  // Half a surrogate pair, which JSON can hold, is the one thing that UTF-8 cannot.
  return copy === text ? copy : text;
}

/** Images that join folder and file only when asked, because a million long paths take much memory. */
function imagesIn(root: string) {
  return class implements FaceImage {
    readonly id: string;
    readonly identity: string;
    readonly #path: string;

    constructor(id: string, identity: string, path: string) {
      this.id = id;
      this.identity = identity;
      this.#path = path;
    }

    get file(): string {
      return resolve(root, this.#path);
    }
  };
}
