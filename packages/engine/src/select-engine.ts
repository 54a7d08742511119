import { availableParallelism, cpus } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { InvalidArgumentError } from '@ft/errors';
import { engineNames, type Engine, type EngineName, type RefusedEngine } from './engine.ts';
import { EngineUnavailableError } from './engine-errors.ts';
import { loadNative } from './load-native.ts';
import type { LoadResult } from './load-result.ts';
import { loadWasm } from './load-wasm.ts';
import { loadWebGpu } from './load-webgpu.ts';

/** WebGPU is left to those who ask for it: it cannot read synchronously, which programs may count on. */
const automatic: readonly EngineName[] = engineNames.filter((name) => name !== 'webgpu');

/** Options of {@link selectEngine}. */
export interface SelectOptions {
  /** The engine to try first; the others follow in their usual order. */
  readonly prefer?: EngineName;
  /** The only engine that will do. */
  readonly require?: EngineName;
  /**
   * Let webgpu use an adapter that computes on the processor, such as SwiftShader. By default only where the
   * environment variable FT_ALLOW_SOFTWARE_ADAPTER is 1.
   */
  readonly allowSoftwareAdapter?: boolean;
}

/**
 * Loads the best engine there is and makes it the current TensorFlow.js backend.
 *
 * The order is tensorflow-gpu, tensorflow, wasm; webgpu is tried only where it is preferred or required.
 * Nothing is installed or fetched: see `installEngine`.
 *
 * @returns The engine, with the reason why each one before it was refused.
 * @throws EngineUnavailableError where the required engine, or every engine, is refused.
 * @throws InvalidArgumentError for a name that is none.
 */
export async function selectEngine(options: SelectOptions = {}): Promise<Engine> {
  const required = checkName('require', options.require);
  const preferred = checkName('prefer', options.prefer);
  const order =
    required === undefined
      ? [...new Set([...(preferred === undefined ? [] : [preferred]), ...automatic])]
      : [required];
  const refused: RefusedEngine[] = [];
  for (const name of order) {
    const result = await load(name, options);
    if ('refusal' in result) {
      refused.push({ name, reason: result.refusal });
      continue;
    }
    await tf.setBackend(result.backend);
    await tf.ready();
    return {
      name,
      version: result.version,
      device:
        result.device ?? `${cpus()[0]?.model.trim() ?? process.arch}, ${availableParallelism()} threads`,
      tf,
      capabilities: result.capabilities,
      refused,
    };
  }
  const reasons = refused.map(({ name, reason }) => `${name}: ${reason}`).join(' ');
  throw new EngineUnavailableError(
    required === undefined ? `No engine works here. ${reasons}` : `The engine cannot be had. ${reasons}`,
  );
}

async function load(name: EngineName, options: SelectOptions): Promise<LoadResult> {
  if (name === 'wasm') return await loadWasm();
  if (name === 'webgpu') {
    return await loadWebGpu(options.allowSoftwareAdapter ?? process.env['FT_ALLOW_SOFTWARE_ADAPTER'] === '1');
  }
  return await loadNative(name);
}

function checkName(argument: string, name: string | undefined): EngineName | undefined {
  if (name === undefined || (engineNames as readonly string[]).includes(name)) return name as EngineName;
  throw new InvalidArgumentError({
    where: 'selectEngine',
    argument,
    expected: `one of ${engineNames.join(', ')}`,
    got: name,
  });
}
