import { afterEach, beforeEach } from 'vitest';

// Libraries never print. A test that makes one print fails, and shows what was printed.
const methods = ['log', 'info', 'warn', 'error', 'debug'];
const originals = Object.fromEntries(methods.map((method) => [method, console[method]]));
let printed = [];

beforeEach(() => {
  printed = [];
  for (const method of methods) {
    console[method] = (...parts) => printed.push(`console.${method}: ${parts.join(' ')}`);
  }
});

afterEach(() => {
  Object.assign(console, originals);
  if (printed.length > 0) throw new Error(`Unexpected output:\n${printed.join('\n')}`);
});
