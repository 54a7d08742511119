import type { Options } from 'tsup';
export declare const defineLibrary: (overrides?: Options) => unknown;
