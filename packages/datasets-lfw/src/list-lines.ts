/** A line of a list that is not blank. */
export interface ListLine {
  /** 1-based. */
  readonly number: number;
  /** The texts between tabs or spaces. */
  readonly fields: readonly string[];
}

/** The lines of a list; any line ending, blank lines, a byte-order mark and a missing final newline are fine. */
export function listLines(text: string): ListLine[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .map((line, i) => ({ number: i + 1, fields: line.split(/[ \t]+/).filter((field) => field !== '') }))
    .filter(({ fields }) => fields.length > 0);
}

/** An integer from 1 to 999,999 written in digits, or undefined. */
export function countingNumber(field: string | undefined): number | undefined {
  return field !== undefined && /^0*[1-9]\d{0,5}$/.test(field) ? Number(field) : undefined;
}

/** Can this text name a person? It becomes part of a path. */
export function isPersonName(field: string | undefined): field is string {
  return field !== undefined && /^[^/\\\0.][^/\\\0]*$/.test(field) && !/^\d+$/.test(field);
}
