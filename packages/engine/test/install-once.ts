// An installation in a process of its own, to be killed: node install-once.js WHEEL.
import { installEngine } from '../src/index.ts';

await installEngine({ from: process.argv[2]! });
