import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fakeCompiler, writeTool } from '../test/fake-tools.ts';
import { wheelBytes, writeWheel } from '../test/fake-wheel.ts';
import { NoWheelError } from './engine-errors.ts';
import { installEngine } from './install-engine.ts';

const isX64 = process.arch === 'x64';
const metadata = `Requires-Dist: numpy>=1.26
Requires-Dist: nvidia-cublas-cu12 (<13.0,>=12.5.3.2) ; extra == 'and-cuda'
Requires-Dist: nvidia-cudnn-cu12<10.0,>=9.3.0.75; extra == "and-cuda"
Requires-Dist: other; extra == "else"
`;
const cudaWheel = (name: string): Buffer =>
  wheelBytes({
    name: `nvidia_${name}_cu12`,
    version: '12.5',
    members: {
      [`nvidia/${name}/lib/lib${name}.so.12`]: name,
      [`nvidia/${name}/include/${name}.h`]: '//',
      'nvidia/__init__.py': '',
    },
  });

let directory: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ft-cuda-'));
  mkdirSync(join(directory, 'bin'));
  env = {
    PATH: `${join(directory, 'bin')}:/usr/bin:/bin`,
    FT_CACHE_DIR: join(directory, 'cache'),
    CXX: fakeCompiler(directory),
  };
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function fakePip(body: string): void {
  writeTool(
    join(directory, 'bin/python3'),
    `const args = process.argv.slice(2);
if (args.includes('--version')) process.exit(0);
const dest = args[args.indexOf('--dest') + 1];
const fs = require('node:fs');
${body}`,
  );
}

const cudaFiles = (engine: string): string[] =>
  (readdirSync(join(engine, 'nvidia'), { recursive: true }) as string[])
    .filter((path) => path.includes('.so'))
    .sort();

test.runIf(isX64)(
  'pip fetches TensorFlow for GPUs, then the libraries that its extra names (x64)',
  async () => {
    writeWheel(directory, { name: 'tensorflow', metadata, file: 'tensorflow' });
    for (const name of ['cublas', 'cudnn']) writeFileSync(join(directory, name), cudaWheel(name));
    fakePip(`const asked = args.slice(args.lastIndexOf('--platform') + 2);
fs.appendFileSync('${directory}/log', asked.join(' ') + '\\n');
for (const name of asked) {
  const file = name.startsWith('tensorflow') ? 'tensorflow' : name.split('-')[1];
  fs.copyFileSync('${directory}/' + file, dest + '/' + file + '-2.21.0-manylinux2014_x86_64.whl');
}`);
    const { directory: engine, manifest, isNew } = await installEngine({ gpu: true, env });
    expect(isNew).toBe(true);
    expect(manifest.variant).toBe('gpu');
    expect(engine).toContain('/tensorflow-gpu-2.21.0-');
    expect(readFileSync(join(directory, 'log'), 'utf8').trim().split('\n')).toEqual([
      'tensorflow==2.21.0',
      'nvidia-cublas-cu12<13.0,>=12.5.3.2 nvidia-cudnn-cu12<10.0,>=9.3.0.75',
    ]);
    expect(cudaFiles(engine)).toEqual(['cublas/lib/libcublas.so.12', 'cudnn/lib/libcudnn.so.12']);
    expect(Object.keys(manifest.files)).toContain('nvidia/cudnn/lib/libcudnn.so.12');
    expect(readdirSync(join(engine, 'nvidia/cublas'))).toEqual(['lib']);
    // It serves machines without a GPU too, so nothing more is installed for them.
    expect(await installEngine({ env })).toMatchObject({ isNew: false, directory: engine });
  },
);

test.runIf(isX64)(
  'wheels of the libraries beside the TensorFlow wheel are taken, without pip (x64)',
  async () => {
    const from = writeWheel(directory, { name: 'tensorflow', metadata });
    writeFileSync(join(directory, 'nvidia_cublas.whl'), cudaWheel('cublas'));
    const { directory: engine } = await installEngine({ from, env });
    expect(cudaFiles(engine)).toEqual(['cublas/lib/libcublas.so.12']);
  },
);

test.runIf(isX64)('libraries that cannot be fetched are named, and nothing is installed (x64)', async () => {
  const from = writeWheel(directory, { name: 'tensorflow', metadata });
  fakePip(`console.error('ERROR: offline'); process.exit(1);`);
  const failure = installEngine({ from, env });
  await expect(failure).rejects.toThrow(NoWheelError);
  await expect(failure).rejects.toThrow(/ERROR: offline.*nvidia-cublas-cu12.*nvidia-cudnn-cu12.*FT_TF_WHEEL/);
  expect(readdirSync(join(directory, 'cache/engine'))).toEqual([]);
});

test('an installed Python package brings its libraries along', async () => {
  const files = {
    'tensorflow/libtensorflow_cc.so.2': 'core',
    'tensorflow/libtensorflow_framework.so.2': 'framework',
    'tensorflow/python/platform/build_info.py': "[('is_cuda_build', True)]",
    'nvidia/cublas/lib/libcublas.so.12': 'blas',
    'nvidia/cublas/include/cublas.h': '//',
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  const { directory: engine, manifest } = await installEngine({ from: join(directory, 'tensorflow'), env });
  expect(manifest.variant).toBe('gpu');
  expect(cudaFiles(engine)).toEqual(['cublas/lib/libcublas.so.12']);
  expect(manifest.files['nvidia/cublas/lib/libcublas.so.12']).toMatchObject({ bytes: 4 });
});
