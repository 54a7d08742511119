import { cudaFolders } from './cuda-folders.ts';
import { BrokenEngineError } from './engine-errors.ts';
import { runCommand } from './run-command.ts';

// RTLD_NOW: a missing symbol shows now and not in the middle of a training.
const script = `const m = { exports: {} };
const [, addon, ...more] = process.argv;
for (const [i, path] of [addon, ...more].entries()) {
  process.dlopen(i === 0 ? m : { exports: {} }, path, require('os').constants.dlopen.RTLD_NOW);
}
m.exports.isUsingGpuDevice();
process.stdout.write('\\nTF_Version=' + m.exports.TF_Version + '\\n');`;

/**
 * Loads an addon in a process of its own, which may crash without harm.
 *
 * @param more Other addons, to be loaded after it.
 * @returns TensorFlow's version, e.g. `'2.21.0'`.
 * @throws BrokenEngineError
 */
export async function checkAddon(addon: string, ...more: string[]): Promise<string> {
  const env = {
    ...process.env,
    TF_CPP_MIN_LOG_LEVEL: '2',
    NODE_OPTIONS: '',
    LD_LIBRARY_PATH: [...cudaFolders(addon), process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':'),
  };
  const result = await runCommand(process.execPath, ['-e', script, addon, ...more], { env });
  const version = /^TF_Version=(\S+)$/m.exec(result?.output ?? '')?.[1];
  if (result?.code === 0 && version !== undefined) return version;
  const why =
    result?.signal === 'SIGILL'
      ? 'the processor lacks an instruction that TensorFlow uses (AVX, usually)'
      : result?.signal
        ? `the process ended with ${result.signal}`
        : (/Error: (.*)/.exec(result?.output ?? '')?.[1] ??
          result?.output.trim().slice(0, 300) ??
          'Node did not start');
  throw new BrokenEngineError(
    `TensorFlow was unpacked, but its addon does not load: ${why}. Nothing was installed; the wasm engine works without it.`,
  );
}
