import { LfwListError } from './lfw-list-error.ts';
import { countingNumber, isPersonName, type ListLine, listLines } from './list-lines.ts';

/** One line of a people list. */
export interface ListedPerson {
  readonly name: string;
  /** How many images the person has, numbered from 1. */
  readonly images: number;
  /** 1-based line of the file. */
  readonly line: number;
}

/**
 * Reads a people list: `people.txt` (a fold count, then for each fold a count and that many `name images`) or
 * `peopleDevTrain.txt` (a count and that many). Without a header all people form one fold.
 *
 * Tabs or spaces, any line ending, blank lines and a missing final newline are accepted.
 *
 * @param text the whole file
 * @param file its name, for messages
 * @returns the people of each fold
 * @throws LfwListError naming file and line where a line is malformed, a person comes twice, or a count is wrong
 */
export function parsePeople(text: string, file: string): ListedPerson[][] {
  const lines = listLines(text);
  const people: ListedPerson[][] = [];
  const counts: { expected: number; line: number }[] = [];
  const folded = isCount(lines[0]) && isCount(lines[1]);
  const body = folded ? lines.slice(1) : lines;
  if (!isCount(body[0])) people.push([]);

  const seen = new Map<string, number>();
  for (const line of body) {
    const [name, count] = line.fields;
    if (isCount(line)) {
      counts.push({ expected: Number(name), line: line.number });
      people.push([]);
      continue;
    }
    const images = countingNumber(count);
    if (line.fields.length !== 2 || !isPersonName(name) || images === undefined) {
      throw new LfwListError(
        file,
        line.number,
        `expected "name images", got ${JSON.stringify(line.fields.join(' ').slice(0, 80))}.`,
      );
    }
    const before = seen.get(name);
    if (before !== undefined) {
      throw new LfwListError(file, line.number, `${name} is listed twice, first on line ${before}.`);
    }
    seen.set(name, line.number);
    people.at(-1)!.push({ name, images, line: line.number });
  }
  if (seen.size === 0) {
    throw new LfwListError(file, undefined, 'the list has no people. Download the file again.');
  }
  counts.forEach(({ expected, line }, fold) => {
    if (people[fold]!.length !== expected) {
      throw new LfwListError(
        file,
        line,
        `${expected} people are announced, but ${people[fold]!.length} follow. Download the file again.`,
      );
    }
  });
  if (folded && people.length !== Number(lines[0]!.fields[0])) {
    throw new LfwListError(
      file,
      lines[0]!.number,
      `${lines[0]!.fields[0]} folds are announced, but ${people.length} follow. Download the file again.`,
    );
  }
  return people;
}

function isCount(line: ListLine | undefined): boolean {
  return line?.fields.length === 1 && countingNumber(line.fields[0]) !== undefined;
}
