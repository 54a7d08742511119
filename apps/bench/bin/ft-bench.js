#!/usr/bin/env node
// Here, not in dist, so that a package manager can link the command before the first build.
import '../dist/ft-bench.js';
