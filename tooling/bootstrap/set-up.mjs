import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const cache = process.env.FT_CACHE_DIR ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ft');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

export const say = (text) => console.log(`\n▸ ${text}`);

/** Ends the program with one sentence, without a stack trace. */
export function fail(text) {
  console.error(`\n✖ ${text}`);
  process.exit(1);
}

/**
 * Brings a clone to the point where everything runs: pnpm, dependencies, build, native engine. Each part is
 * skipped where it was done before and nothing has changed since.
 *
 * @returns the environment in which the repository's tools are on the PATH
 */
export async function setUp() {
  requireNode();
  const pnpm = await fetchPnpm();
  const env = {
    ...process.env,
    PATH: [join(root, 'node_modules/.bin'), pnpm, process.env.PATH].join(delimiter),
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
    COREPACK_ENABLE_STRICT: '0',
  };
  // npm hands its own settings to its children; pnpm and npx warn about those that they do not know.
  for (const name of Object.keys(env))
    if (/^npm_config_/i.test(name) && !keptNpmSettings.test(name)) delete env[name];
  await installDependencies(env);
  await build(env);
  await installEngine(env);
  return env;
}

const keptNpmSettings =
  /^npm_config_(registry|@.*:registry|proxy|https_proxy|https-proxy|noproxy|cafile|ca|strict[_-]ssl|userconfig|globalconfig|cache)$/i;

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(
      `Node 20.19 or newer is needed, this is ${process.version}. Install a current release from nodejs.org.`,
    );
  }
}

async function fetchPnpm() {
  const [name, version] = manifest.packageManager.split('@');
  const directory = join(cache, `${name}-${version}`);
  const bin = join(directory, 'node_modules/.bin');
  if (existsSync(join(bin, process.platform === 'win32' ? 'pnpm.cmd' : 'pnpm'))) return bin;
  say(`Fetching pnpm ${version} (once, into ${cache})`);
  const temporary = `${directory}.${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  // The empty manifest keeps npm from walking up to another project.
  writeFileSync(join(temporary, 'package.json'), '{"private":true}\n');
  const code = await run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--loglevel=error', manifest.packageManager],
    {
      cwd: temporary,
    },
  );
  if (code !== 0) {
    rmSync(temporary, { recursive: true, force: true });
    fail(
      'npm could not fetch pnpm (its message is above). Check that the npm registry can be reached and try again.',
    );
  }
  try {
    renameSync(temporary, directory);
  } catch (error) {
    // Another set-up was faster; its copy is as good.
    if (!existsSync(bin)) throw error;
    rmSync(temporary, { recursive: true, force: true });
  }
  return bin;
}

async function installDependencies(env) {
  const stamp = join(root, 'node_modules/.ft-installed');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .update(process.versions.modules)
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Installing dependencies');
  const code = await run('pnpm', ['install', '--frozen-lockfile'], { env });
  if (code !== 0)
    fail('pnpm could not install the dependencies (its message is above). Mend that and try again.');
  writeFileSync(stamp, wanted);
}

async function build(env) {
  const started = Date.now();
  const packages = spawnSync('pnpm', ['list', '--recursive', '--depth', '-1', '--json'], {
    cwd: root,
    env,
    encoding: 'utf8',
    shell,
  });
  const total = JSON.parse(packages.stdout).filter(({ path }) =>
    existsSync(join(path, 'tsup.config.ts')),
  ).length;
  let done = 0;
  let output = '';
  const code = await run('turbo', ['run', 'build', '--output-logs=hash-only'], {
    env,
    onLine(line) {
      output += `${line}\n`;
      if (/:build: cache /.test(line)) {
        done += 1;
        bar('Building packages', done, total, /cache miss/.test(output));
      }
    },
  });
  if (code !== 0) {
    console.error(output);
    fail('The build failed (its output is above).');
  }
  if (Date.now() - started > 2000) console.log(`  built in ${Math.round((Date.now() - started) / 1000)} s`);
}

async function installEngine(env) {
  const ft = join(root, 'apps/trainer/bin/ft.js');
  const code = await run(process.execPath, [ft, 'engine', 'install'], { env });
  if (code !== 0) {
    console.log(
      '  The native engine could not be installed, so the slower WebAssembly engine is used (why: above).',
    );
  }
}

/** One line that grows, on a terminal; elsewhere one line at the end of it. */
function bar(label, done, total, visible) {
  if (!visible) return;
  if (!process.stdout.isTTY) {
    if (done === 1) say(`${label} (${total})`);
    return;
  }
  const width = 30;
  const filled = Math.round((width * Math.min(done, total)) / total);
  const text = `▸ ${label} ${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${done}/${total}`;
  process.stdout.write(`${done === 1 ? '\n' : '\r'}${text}${done >= total ? '\n' : ''}`);
}

const shell = process.platform === 'win32';

/** Runs a command to its end and returns its exit code. With `onLine` its output goes there, else to the terminal. */
export function run(command, args, { env = process.env, cwd = root, onLine } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      shell: shell && command !== process.execPath,
      stdio: ['inherit', onLine ? 'pipe' : 'inherit', onLine ? 'pipe' : 'inherit'],
    });
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal));
    if (onLine) {
      let rest = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text) => {
          const lines = (rest + text).split('\n');
          rest = lines.pop();
          lines.forEach(onLine);
        });
      }
    }
    child.on('error', reject).on('close', (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
}
