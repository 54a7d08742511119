import { selectEngine, type EngineName } from '@ft/engine';

// The fastest engine that is there, or the one that is asked for.
const name = process.env['FT_TEST_ENGINE'] as EngineName | undefined;
await selectEngine(name === undefined ? {} : { require: name });
