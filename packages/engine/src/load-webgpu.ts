import * as tf from '@tensorflow/tfjs-core';
import { correctWebGpuKernels } from './correct-webgpu-kernels.ts';
import { EngineFailedError } from './engine-errors.ts';
import type { LoadResult } from './load-result.ts';

/** The part of WebGPU's GPUAdapter that is used here. */
interface Adapter {
  readonly features: ReadonlySet<string>;
  readonly limits: Readonly<Record<string, number>>;
  readonly info: {
    readonly vendor: string;
    readonly architecture: string;
    readonly description: string;
    readonly isFallbackAdapter: boolean;
  };
  requestDevice(descriptor: object): Promise<Device>;
}

/** The part of WebGPU's GPUDevice that is used here. */
interface Device {
  onuncapturederror: (event: {
    readonly error: { readonly message: string };
    preventDefault(): void;
  }) => void;
}

interface Gpu {
  requestAdapter(options: object): Promise<Adapter | null>;
}

/** What the packages `webgpu` (Dawn) and `@tensorflow/tfjs-backend-webgpu` export. */
interface Modules {
  create(flags: string[]): Gpu;
  readonly WebGPUBackend: new (device: Device, info: object) => tf.KernelBackend;
}

/** The limits of which the backend wants all that the adapter has. */
const limits = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
];

/** Dawn, once for the process: its objects die with the instance, whoever still uses them. */
let dawn: { readonly modules: Modules; readonly gpu: Gpu } | undefined;
let registered: Adapter | undefined;

/**
 * Loads the WebGPU backend over Dawn, the implementation of WebGPU in the package `webgpu`.
 *
 * @param allowSoftware Take an adapter that computes on the processor, too.
 */
export async function loadWebGpu(allowSoftware: boolean): Promise<LoadResult> {
  if (registered === undefined) {
    if (dawn === undefined) {
      try {
        const modules = await importModules();
        dawn = { modules, gpu: modules.create([]) };
      } catch (error) {
        const [why] = (error as Error).message.split('\n', 1);
        return {
          refusal: `Dawn does not load: ${why}. Install the packages webgpu and @tensorflow/tfjs-backend-webgpu.`,
        };
      }
    }
    const adapter = await dawn.gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (adapter === null) {
      return {
        refusal:
          'WebGPU finds no adapter. It needs a driver for Vulkan (on Linux also libvulkan.so.1), Metal or Direct3D 12.',
      };
    }
    if (adapter.info.isFallbackAdapter && !allowSoftware) {
      return {
        refusal: `WebGPU finds only ${describe(adapter)}, which computes on the processor; the native engine is faster. allowSoftwareAdapter, or FT_ALLOW_SOFTWARE_ADAPTER=1, takes it all the same.`,
      };
    }
    await register(adapter, dawn.gpu, dawn.modules);
    correctWebGpuKernels();
    registered = adapter;
  }
  return {
    backend: 'webgpu',
    version: tf.version_core,
    device: describe(registered),
    capabilities: { trainsConvolutions: true, synchronousRead: false, deterministic: false },
  };
}

/** The backend's module looks for WebGPU's classes among the globals. */
async function importModules(): Promise<Modules> {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  // In Node, tfjs-core registers no gradients by itself.
  await import('@tensorflow/tfjs');
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  return { create, WebGPUBackend } as unknown as Modules;
}

/** The backend's constructor insists on `navigator.gpu`, which is there for that moment only. */
async function register(adapter: Adapter, gpu: Gpu, { WebGPUBackend }: Modules): Promise<void> {
  const device = await adapter.requestDevice({
    requiredFeatures: adapter.features.has('timestamp-query') ? ['timestamp-query'] : [],
    requiredLimits: Object.fromEntries(limits.map((name) => [name, adapter.limits[name]])),
  });
  const original = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  try {
    const backend = new WebGPUBackend(device, adapter.info);
    failOnRead(backend, device);
    tf.registerBackend('webgpu', () => backend);
  } finally {
    if (original === undefined) Reflect.deleteProperty(globalThis, 'navigator');
    else Object.defineProperty(globalThis, 'navigator', original);
  }
}

/** WebGPU goes on computing after an error, without what failed. Whoever reads a result is told so instead. */
function failOnRead(backend: tf.KernelBackend, device: Device): void {
  let failure: string | undefined;
  device.onuncapturederror = (event) => {
    event.preventDefault();
    failure ??= event.error.message.split('\n', 1)[0]!;
  };
  const read = backend.read.bind(backend);
  backend.read = async (dataId) => {
    const values = await read(dataId);
    if (failure === undefined) return values;
    throw new EngineFailedError(
      `WebGPU could not compute: ${failure} Results are wrong from there on. Where memory was short, take smaller batches, and begin anew in another process.`,
    );
  };
}

function describe({ info }: Adapter): string {
  return [info.vendor, info.architecture, info.description].filter((text) => text !== '').join(' ');
}
