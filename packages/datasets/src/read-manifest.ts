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
  const names = new Map<string, string>();
  const images: ManifestImage[] = [];
  let block = new Block(dirname(path));
  for await (const record of readRecords(path, ['file', 'identity'])) {
    const file = textField(record, 'file', path);
    const id = record.fields['id'] === undefined ? file : textField(record, 'id', path);
    const name = textField(record, 'identity', path);
    // One copy of each name: a manifest of a million images has few people.
    let identity = names.get(name);
    if (identity === undefined) {
      identity = ownCopy(name);
      names.set(identity, identity);
    }
    images.push(block.add(record.line, id, identity, file));
    if (block.isFull) {
      block.close();
      block = new Block(dirname(path));
    }
  }
  block.close();
  if (images.length === 0) throw new RecordError(path, 1, 'the manifest lists no images.');
  images.sort((a, b) => compareText(a.id, b.id) || a.line - b.line);
  const again = images.findIndex(({ id }, i) => id === images[i - 1]?.id);
  if (again >= 0) {
    const { id, line } = images[again]!;
    const first = images[again - 1]!.line;
    throw new RecordError(path, line, `the id "${id}" was already used on line ${first}.`);
  }
  return { name: basename(path), images };
}

/** A part of a longer text keeps all of that text in memory; the same characters read from bytes do not. */
function ownCopy(text: string): string {
  const copy = Buffer.from(text).toString();
  // Half a surrogate pair, which JSON can hold, is the one thing that UTF-8 cannot.
  return copy === text ? copy : text;
}

const IMAGES_OF_A_BLOCK = 1024;

/** What is known of many images, their texts joined to one: a million images with texts of their own take twice the memory. */
class Block {
  readonly folder: string;
  /** Of each image its id, then its path, which is empty where it is the id; all empty before `close`. */
  texts = '';
  /** Where each of them ends. */
  readonly ends = new Uint32Array(2 * IMAGES_OF_A_BLOCK);
  readonly identities: string[] = [];
  readonly lines = new Uint32Array(IMAGES_OF_A_BLOCK);
  #parts: string[] = [];
  #length = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  get isFull(): boolean {
    return this.identities.length === IMAGES_OF_A_BLOCK;
  }

  add(line: number, id: string, identity: string, path: string): ManifestImage {
    const place = this.identities.push(identity) - 1;
    this.lines[place] = line;
    this.ends[2 * place] = this.#append(id);
    this.ends[2 * place + 1] = this.#append(path === id ? '' : path);
    return new ManifestImage(this, place);
  }

  #append(text: string): number {
    this.#parts.push(text);
    this.#length += text.length;
    return this.#length;
  }

  close(): void {
    this.texts = this.#parts.join('');
    this.#parts = [];
  }

  text(index: number): string {
    return this.texts.slice(index === 0 ? 0 : this.ends[index - 1], this.ends[index]);
  }
}

class ManifestImage implements FaceImage {
  readonly #block: Block;
  readonly #place: number;

  constructor(block: Block, place: number) {
    this.#block = block;
    this.#place = place;
  }

  get id(): string {
    return this.#block.text(2 * this.#place);
  }

  get identity(): string {
    return this.#block.identities[this.#place]!;
  }

  get file(): string {
    return resolve(this.#block.folder, this.#block.text(2 * this.#place + 1) || this.id);
  }

  /** 1-based. */
  get line(): number {
    return this.#block.lines[this.#place]!;
  }
}
