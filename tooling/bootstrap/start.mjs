// npm start: sets everything up and runs `ft quickstart`. Options after `--` reach it.
import { join } from 'node:path';
import { root, run, setUp } from './set-up.mjs';

const env = await setUp();
const ft = join(root, 'apps/trainer/bin/ft.js');
process.exitCode = await run(process.execPath, [ft, 'quickstart', ...process.argv.slice(2)], { env });
