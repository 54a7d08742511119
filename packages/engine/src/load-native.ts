import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { correctNativeKernels } from './correct-native-kernels.ts';
import { installedEngines } from './engine-cache.ts';
import type { LoadResult } from './load-result.ts';
import { loadTfjsNode, ownAddon } from './load-tfjs-node.ts';
import { tfjsNodeDirectory } from './tfjs-node-package.ts';

/** The part of tfjs-node's addon that is asked here. */
interface NativeBinding {
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
}

/** An addon that could be loaded, and the package whose JavaScript goes with it. */
interface Candidate {
  readonly packageDirectory: string;
  /** Undefined: the package's own addon. */
  readonly addon?: string;
}

/**
 * Loads the native backend. A process can hold one TensorFlow library only, so the first successful load
 * decides what later calls find.
 */
export async function loadNative(name: 'tensorflow-gpu' | 'tensorflow'): Promise<LoadResult> {
  if (tf.findBackendFactory('tensorflow') === null || tf.findBackendFactory('tensorflow') === undefined) {
    const refusal = await load(name);
    if (refusal !== undefined) return { refusal };
  }
  const { binding } = tf.findBackend('tensorflow') as unknown as { binding: NativeBinding };
  const isGpu = binding.isUsingGpuDevice();
  if (name === 'tensorflow-gpu' && !isGpu) {
    return { refusal: 'the TensorFlow library that is loaded lists no GPU.' };
  }
  if (name === 'tensorflow' && isGpu) {
    return { refusal: 'this process computes on the GPU already; start another one for the CPU.' };
  }
  return {
    backend: 'tensorflow',
    version: binding.TF_Version,
    ...(isGpu ? { device: 'GPU:0' } : {}),
    capabilities: { trainsConvolutions: true, synchronousRead: true, deterministic: !isGpu },
  };
}

/** @returns Why nothing was loaded, or undefined where something was. */
async function load(name: 'tensorflow-gpu' | 'tensorflow'): Promise<string | undefined> {
  const engines = await installedEngines();
  const ours = (variant: 'cpu' | 'gpu'): Candidate[] =>
    engines
      .filter(({ manifest }) => manifest.variant === variant)
      .map(({ addon }) => ({ packageDirectory: tfjsNodeDirectory(), addon }));
  const gpu = (): Candidate[] => [...ours('gpu'), ...official(findTfjsNodeGpu())];
  const [candidate] =
    name === 'tensorflow-gpu' ? gpu() : [...ours('cpu'), ...official(tfjsNodeDirectory()), ...gpu()];
  if (candidate === undefined) {
    return name === 'tensorflow-gpu'
      ? 'no TensorFlow library for GPUs is installed (neither by ft nor as @tensorflow/tfjs-node-gpu).'
      : 'no TensorFlow library is installed. Install it with installEngine() or `ft engine install`.';
  }
  if (process.platform === 'linux' && process.arch === 'x64' && !hasAvx()) {
    return 'the processor lacks AVX, which TensorFlow needs.';
  }
  const visible = process.env['CUDA_VISIBLE_DEVICES'];
  // Asked for the CPU: TensorFlow for GPUs serves as well when it sees none.
  if (name === 'tensorflow') process.env['CUDA_VISIBLE_DEVICES'] = '-1';
  try {
    loadTfjsNode(candidate.packageDirectory, candidate.addon);
    correctNativeKernels();
    return undefined;
  } catch (error) {
    return `${candidate.addon ?? candidate.packageDirectory} does not load: ${(error as Error).message}. Remove it with uninstallEngine() or \`ft engine uninstall\`, and install it again.`;
  } finally {
    if (visible === undefined) delete process.env['CUDA_VISIBLE_DEVICES'];
    else process.env['CUDA_VISIBLE_DEVICES'] = visible;
  }
}

function official(packageDirectory: string | undefined): Candidate[] {
  return packageDirectory !== undefined && ownAddon(packageDirectory) !== undefined
    ? [{ packageDirectory }]
    : [];
}

function findTfjsNodeGpu(): string | undefined {
  for (const base of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return dirname(createRequire(base).resolve('@tensorflow/tfjs-node-gpu/package.json'));
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}

function hasAvx(): boolean {
  try {
    return /^flags\s*:.*\bavx\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return true;
  }
}
