import { resolve } from 'node:path';
import type { FaceLandmarks } from './alignment-template.ts';
import { looksLikeFace } from './looks-like-face.ts';
import type { Point } from './point.ts';
import { readRecords, textField } from './read-records.ts';
import { RecordError } from './record-error.ts';

const columns = ['x1', 'y1', 'x2', 'y2', 'x3', 'y3', 'x4', 'y4', 'x5', 'y5'];

/**
 * Reads five landmarks an image from a CSV or JSONL file with `id` and `x1`, `y1` to `x5`, `y5` in pixels:
 * left eye, right eye (as the viewer sees them), nose tip, left and right mouth corner.
 *
 * @param path of the file
 * @returns landmarks by image id, for {@link packImages}
 * @throws RecordError naming file and line where a line is malformed, an id comes twice, or the points cannot
 *   be those of a face (eyes, nose and mouth not from top to bottom as the head stands)
 */
export async function readLandmarks(path: string): Promise<Map<string, FaceLandmarks>> {
  const file = resolve(path);
  const landmarks = new Map<string, FaceLandmarks>();
  for await (const record of readRecords(file, ['id', ...columns])) {
    const id = textField(record, 'id', file);
    if (landmarks.has(id)) throw new RecordError(file, record.line, `the id "${id}" was already used.`);
    const numbers = columns.map((column) => {
      const value = record.fields[column];
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
      if (typeof number === 'number' && Number.isFinite(number)) return number;
      throw new RecordError(
        file,
        record.line,
        `"${column}" must be a number, got ${JSON.stringify(value) ?? 'nothing'}.`,
      );
    });
    const points = [0, 2, 4, 6, 8].map((i): Point => [
      numbers[i]!,
      numbers[i + 1]!,
    ]) as unknown as FaceLandmarks;
    if (!looksLikeFace(points)) {
      throw new RecordError(
        file,
        record.line,
        'the points are no face. The order is left eye, right eye, nose, left and right mouth corner, as the viewer sees them.',
      );
    }
    landmarks.set(id, points);
  }
  return landmarks;
}
