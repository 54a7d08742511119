// npm test: sets everything up, then every check that a change must pass, stopping at the first that fails.
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, run, say, setUp } from './set-up.mjs';

const report = join(tmpdir(), `ft-tests-${process.pid}.json`);
const checks = [
  ['Linting', 'oxlint', ['--deny-warnings']],
  ['Checking the format', 'oxfmt', ['--check']],
  ['Checking types', 'tsc', ['-p', 'tsconfig.json']],
  [
    'Checking the examples and links of the documentation',
    process.execPath,
    ['tooling/docs/check-examples.mjs'],
  ],
  ['Looking for what nobody uses', 'knip', []],
  [
    'Running the tests',
    'vitest',
    ['run', '--reporter=default', '--reporter=json', `--outputFile=${report}`, ...process.argv.slice(2)],
  ],
  ['Checking the packages as published', 'turbo', ['run', 'check:package', '--output-logs=errors-only']],
];

const env = await setUp();
for (const [what, command, args] of checks) {
  say(what);
  const started = Date.now();
  const code = await run(command, args, { env });
  if (code !== 0) fail(`${what}: failed (${command} says why above).`);
  console.log(`  done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}
const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'));
rmSync(report);
console.log(`\nTests: ${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
