const shared = [Object, Array, Function, String, Number, Promise, Map, Set, RegExp, Error].map(
  ({ name, prototype }) => ({ name, prototype: prototype as object }),
);

/**
 * Notes what the prototypes look like that all code shares.
 *
 * @returns undoes every change since and names what was changed, e.g. `'Object.prototype.admin'`
 */
export function watchPrototypes(): () => string[] {
  // Maps, because a lookup in an object would find what was put on Object.prototype.
  const before = shared.map(({ prototype }) => descriptorsOf(prototype));
  return () => {
    const changed: string[] = [];
    shared.forEach(({ name, prototype }, i) => {
      for (const key of Reflect.ownKeys(prototype)) {
        if (before[i]!.has(key)) continue;
        Reflect.deleteProperty(prototype, key);
        changed.push(`${name}.prototype.${String(key)}`);
      }
    });
    shared.forEach(({ name, prototype }, i) => {
      for (const [key, was] of before[i]!) {
        const is = Object.getOwnPropertyDescriptor(prototype, key);
        if (is?.value === was.value && is?.get === was.get && is?.set === was.set) continue;
        Reflect.defineProperty(prototype, key, was);
        changed.push(`${name}.prototype.${String(key)}`);
      }
    });
    return changed;
  };
}

function descriptorsOf(prototype: object): Map<PropertyKey, PropertyDescriptor> {
  return new Map(
    Reflect.ownKeys(prototype).map((key) => [key, Object.getOwnPropertyDescriptor(prototype, key)!]),
  );
}
