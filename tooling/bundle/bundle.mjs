// Packs ft, ft-bench, Node and Dawn for a Linux x64 machine that has an NVIDIA driver and no network:
//   node tooling/bundle/bundle.mjs --out DIR [--lfw DIR] [--native]
// DIR gets run.sh, SHA256SUMS and the parts of one archive, each small enough for a call that carries 64 MiB.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeParts } from './write-parts.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const apps = ['apps/trainer', 'apps/bench'];
/** Optional peers that the bundle is made for; other optional peers stay behind. */
const wantedPeers = new Set(['webgpu', '@tensorflow/tfjs-backend-webgpu']);
/** Databases of galleries, trained weights to fine-tune, and types. */
const unwanted = /^(@electric-sql\/.*|pg|@vladmandic\/face-api|@types\/.*|@webgpu\/types)$/;
const folders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/lib64', '/usr/lib', '/usr/lib/chromium'];

function fail(text) {
  console.error(`bundle: ${text}`);
  process.exit(2);
}

const { out, lfw, native } = readArguments();
const stage = mkdtempSync(join(out, '.stage-'));
try {
  packNode();
  for (const name of ['libvulkan.so.1', 'libstdc++.so.6', 'libgcc_s.so.1']) packLibrary(name);
  packPackages();
  if (native) packEngine();
  if (lfw !== undefined) packLfw();
  const sizes = await writeParts(stage, out);
  const megabytes = sizes.reduce((sum, bytes) => sum + bytes, 0) / 1e6;
  console.log(`${out}: ${sizes.length} parts, ${megabytes.toFixed(1)} MB. There: sh run.sh`);
} finally {
  rmSync(stage, { recursive: true });
}

function readArguments() {
  const options = { out: { type: 'string' }, lfw: { type: 'string' }, native: { type: 'boolean' } };
  let values;
  try {
    ({ values } = parseArgs({ options }));
  } catch (error) {
    fail(`${error.message} The options are --out DIR, --lfw DIR and --native.`);
  }
  if (values.out === undefined) fail('--out must be a folder for the bundle, got nothing. Try --out bundle.');
  if (process.platform !== 'linux' || process.arch !== 'x64')
    fail(`must run on linux x64, as it packs this Node, got ${process.platform} ${process.arch}.`);
  const folder = resolve(values.out);
  if (existsSync(folder) && readdirSync(folder).length > 0)
    fail(`--out must be an empty or a new folder, got ${folder}, which holds files. Name another one.`);
  for (const app of apps)
    if (!existsSync(join(root, app, 'dist')))
      fail(`${app} must be built first. Run npm start or npm run build.`);
  if (values.lfw !== undefined && !existsSync(join(values.lfw, 'pairsDevTest.txt')))
    fail(
      `--lfw must be a folder with the LFW archive and lists, got ${values.lfw}, which has no pairsDevTest.txt.`,
    );
  mkdirSync(folder, { recursive: true });
  return { ...values, out: folder };
}

function packNode() {
  const node = join(stage, 'node');
  copyFileSync(process.execPath, node);
  // Without its symbols it is an eighth smaller; where there is no strip, it stays as it is.
  spawnSync('strip', ['-s', node]);
}

/** The host's own copy is used where it has one. */
function packLibrary(name) {
  const found = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  if (found === undefined) {
    console.log(`bundle: ${name} is not installed here, so the other machine must have it.`);
    return;
  }
  mkdirSync(join(stage, 'lib', name), { recursive: true });
  copyFileSync(realpathSync(found), join(stage, 'lib', name, name));
}

/** The apps with everything that they need at run time, laid out as it is here. */
function packPackages() {
  const packed = new Set();
  const waiting = apps.map((app) => join(root, app));
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    if (packed.has(directory)) continue;
    packed.add(directory);
    const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    packPackage(directory, manifest);
    for (const name of neededBy(manifest)) {
      const link = findPackage(directory, name);
      if (link === undefined) continue;
      waiting.push(realpathSync(link));
      packLink(link);
    }
  }
  // Some packages use others that they do not name; pnpm has them found here.
  const hoisted = join(root, 'node_modules/.pnpm/node_modules');
  for (const name of readdirSync(hoisted)) {
    const names = name.startsWith('@')
      ? readdirSync(join(hoisted, name)).map((one) => join(name, one))
      : [name];
    for (const one of names) if (packed.has(realpathSync(join(hoisted, one)))) packLink(join(hoisted, one));
  }
}

function packLink(link) {
  const target = realpathSync(link);
  const here = join(stage, relative(root, link));
  mkdirSync(dirname(here), { recursive: true });
  if (target !== link && !existsSync(here)) symlinkSync(relative(dirname(link), target), here);
}

function neededBy({ dependencies, optionalDependencies, peerDependencies = {}, peerDependenciesMeta }) {
  const peers = Object.keys(peerDependencies).filter(
    (name) => peerDependenciesMeta?.[name]?.optional !== true || wantedPeers.has(name),
  );
  const names = [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers];
  return names.filter((name) => !unwanted.test(name));
}

/** Where Node finds a package from a folder; undefined where it is not installed, as for another platform. */
function findPackage(from, name) {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name);
    if (existsSync(join(found, 'package.json'))) return found;
    if (folder === root) return undefined;
  }
}

function packPackage(directory, { name, main, files }) {
  const isOurs = !directory.includes('node_modules');
  const published = new Set(['package.json', ...(files ?? [])]);
  cpSync(directory, join(stage, relative(root, directory)), {
    recursive: true,
    filter(source) {
      const path = relative(directory, source);
      if (path === '') return true;
      if (path.split('/').includes('node_modules')) return false;
      if (isOurs && (!published.has(path.split('/')[0]) || path.startsWith('src'))) return false;
      return isNeeded(name, main, path);
    },
  });
}

/** Is a file or folder of a package needed to run it on Linux x64? */
function isNeeded(name, main, path) {
  if (/(^|\/)(licen[cs]e|notice)[^/]*$/i.test(path)) return true;
  if (/\.(map|md|markdown|flow|[cm]?ts)$/.test(path)) return false;
  if (/(^|\/)(demo|docs?|examples?|__tests__|tests?|types|\.github)$/.test(path)) return false;
  if (/^@tensorflow\/tfjs($|-(?!node))/.test(name)) {
    return ['package.json', 'dist', main].includes(path) || path.endsWith('.wasm');
  }
  if (name === 'webgpu') return !/^dist\/(?!linux-x64)[^/]+-/.test(path);
  if (name === 'echarts') return !/^(dist|i18n|ssr|theme|build|asset)$/.test(path);
  if (name === 'zrender') return !/^(dist|src|build)$/.test(path);
  if (name === '@julusian/jpeg-turbo') return !/^(src|deps|prebuilds\/(?!.*-linux-x64($|\/)).*)$/.test(path);
  return true;
}

/** The engine of the cache, that for GPUs where both are there. */
function packEngine() {
  const cache =
    process.env.FT_CACHE_DIR ?? join(process.env.XDG_CACHE_HOME ?? join(process.env.HOME, '.cache'), 'ft');
  const engines = join(cache, 'engine');
  const names = existsSync(engines)
    ? readdirSync(engines).filter((name) => name.startsWith('tensorflow-'))
    : [];
  const name = names.find((one) => one.startsWith('tensorflow-gpu-')) ?? names[0];
  if (name === undefined) fail('--native needs an installed engine. Run `ft engine install --gpu`.');
  linkTree(join(engines, name), join(stage, 'cache/engine', name));
}

function packLfw() {
  const names = readdirSync(lfw).filter((name) => /\.(txt|tgz|tar\.gz)$/.test(name));
  mkdirSync(join(stage, 'lfw'));
  for (const name of names) linkOrCopy(join(lfw, name), join(stage, 'lfw', name));
}

function linkTree(from, to) {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else linkOrCopy(source, target);
  }
}

function linkOrCopy(source, target) {
  try {
    linkSync(realpathSync(source), target);
  } catch {
    copyFileSync(source, target);
  }
}
