import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { nearestNames } from '@ft/errors';
import { RecordError } from './record-error.ts';

/** One line of a CSV or JSONL file. */
export interface FileRecord {
  /** 1-based. */
  readonly line: number;
  /** Texts in CSV, any JSON value in JSONL. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Reads a file of one record a line, as it comes from the disk: JSONL where its first line begins with `{`,
 * otherwise CSV (RFC 4180, but without line breaks inside fields) with the column names in its first line.
 *
 * Blank lines, any line ending and a byte-order mark are accepted.
 *
 * @param required columns without which the file makes no sense
 * @throws RecordError naming file and line where a line is malformed or a required column is missing
 */
export async function* readRecords(file: string, required: readonly string[]): AsyncGenerator<FileRecord> {
  const lines = createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity });
  let line = 0;
  let columns: string[] | undefined;
  let isJson: boolean | undefined;
  for await (const raw of lines) {
    line += 1;
    const text = line === 1 ? raw.replace(/^\uFEFF/, '') : raw;
    if (text.trim() === '') continue;
    isJson ??= text.trimStart().startsWith('{');
    if (isJson) {
      yield { line, fields: parseJsonLine(text, file, line) };
      continue;
    }
    const cells = splitCsvLine(text, file, line);
    if (columns === undefined) {
      columns = cells.map((cell) => cell.trim());
      refuseMissing(columns, required, file, line);
      continue;
    }
    if (cells.length !== columns.length) {
      throw new RecordError(
        file,
        line,
        `expected ${columns.length} fields (${columns.join(', ')}), got ${cells.length}.`,
      );
    }
    yield { line, fields: Object.fromEntries(columns.map((column, i) => [column, cells[i]!])) };
  }
}

/** The text of a field that must be there and not be empty. */
export function textField({ line, fields }: FileRecord, name: string, file: string): string {
  const value = fields[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new RecordError(file, line, `"${name}" must be a text, got ${JSON.stringify(value) ?? 'nothing'}.`);
}

function parseJsonLine(text: string, file: string, line: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RecordError(file, line, 'this is not valid JSON.', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RecordError(file, line, 'expected a JSON object.');
  }
  return value as Record<string, unknown>;
}

function splitCsvLine(text: string, file: string, line: number): string[] {
  if (!text.includes('"')) return text.split(',');
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    if (text[at] !== '"') {
      const end = text.indexOf(',', at);
      cells.push(text.slice(at, end < 0 ? undefined : end));
      if (end < 0) return cells;
      at = end + 1;
      continue;
    }
    const quoted = /"((?:[^"]|"")*)"(,|$)/y;
    quoted.lastIndex = at;
    const match = quoted.exec(text);
    if (match === null) {
      throw new RecordError(file, line, `the quote at column ${at + 1} is not closed before a comma.`);
    }
    cells.push(match[1]!.replaceAll('""', '"'));
    if (match[2] === '') return cells;
    at = quoted.lastIndex;
  }
}

function refuseMissing(
  columns: readonly string[],
  required: readonly string[],
  file: string,
  line: number,
): void {
  const missing = required.find((name) => !columns.includes(name));
  if (missing === undefined) return;
  const [near] = nearestNames(missing, columns);
  const hint = near === undefined ? '' : ` Did you mean it by "${near}"?`;
  throw new RecordError(
    file,
    line,
    `the first line must name the columns ${required.join(', ')}, but ${missing} is missing.${hint}`,
  );
}
