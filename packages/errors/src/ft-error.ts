const marker = Symbol.for('ft.error');

/**
 * Base of every error that an @ft package throws on purpose.
 *
 * A subclass sets a static `code` that stays the same across releases; programs branch on the code, people
 * read the message. `isInstance` also recognises errors made by another copy of the package, where
 * `instanceof` does not.
 */
export class FtError extends Error {
  static readonly code: string = 'FT_ERROR';
  readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = new.target.code;
    const codes: string[] = [];
    for (
      let type = new.target as typeof FtError;
      type.code !== undefined;
      type = Object.getPrototypeOf(type)
    ) {
      codes.push(type.code);
    }
    Object.defineProperty(this, marker, { value: codes });
  }

  /** Is `value` an error of this class or of a subclass, whichever copy of the package made it? */
  static isInstance<T extends FtError>(
    this: { readonly code: string; readonly prototype: T },
    value: unknown,
  ): value is T {
    if (typeof value !== 'object' || value === null) return false;
    const codes = (value as { [marker]?: unknown })[marker];
    return Array.isArray(codes) && codes.includes(this.code);
  }
}
