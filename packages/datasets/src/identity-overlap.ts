/** Two names, one from each data set, that may be one person. */
export interface NameMatch {
  readonly first: string;
  readonly second: string;
  /** Equal as written, equal once spelling is evened out, or joined by an alias. */
  readonly how: 'same name' | 'same words' | 'alias';
}

/**
 * Finds people who may be in both of two data sets, by name.
 *
 * Names are compared as sets of words: case, accents, separators and the order of words do not matter, so
 * `Wang_Yingfan` meets `Yingfan Wang`. Transliterations need an alias; and people may be present under
 * unrelated names, which only pixels ({@link nearDuplicates}) or embeddings can show.
 *
 * @param first names of people, e.g. `PackedImages.identities`
 * @param aliases pairs of names of one person, such as `LFW_ALIASES`
 * @returns matches sorted by the first name's place, each pair of names once
 */
export function identityOverlap(
  first: Iterable<string>,
  second: Iterable<string>,
  aliases: Iterable<readonly [string, string]> = [],
): NameMatch[] {
  const secondByKey = groupByKey(second);
  const aliasKeys = new Map<string, Set<string>>();
  for (const [one, other] of aliases) {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      const keys = aliasKeys.get(nameKey(from)) ?? new Set();
      aliasKeys.set(nameKey(from), keys.add(nameKey(to)));
    }
  }
  const matches: NameMatch[] = [];
  for (const name of new Set(first)) {
    const key = nameKey(name);
    for (const match of secondByKey.get(key) ?? []) {
      matches.push({ first: name, second: match, how: match === name ? 'same name' : 'same words' });
    }
    for (const alias of aliasKeys.get(key) ?? []) {
      if (alias === key) continue;
      for (const match of secondByKey.get(alias) ?? [])
        matches.push({ first: name, second: match, how: 'alias' });
    }
  }
  return matches;
}

function groupByKey(names: Iterable<string>): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const name of new Set(names)) {
    const key = nameKey(name);
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return groups;
}

/** The words of a name in lower case without accents, sorted. A name without letters or digits stays itself. */
function nameKey(name: string): string {
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  return words.length === 0 ? name : words.sort().join(' ');
}
