import { pixelKernelsBinary } from './pixel-kernels-binary.ts';

type Kernel = (...numbers: number[]) => void;
type Name = 'mixRows' | 'narrowRows' | 'shadeRows';

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
/** What the type library of Node has no name for. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: Record<Name, Kernel> & { memory: Memory } };
};

/** The SIMD kernels of assembly/, and a memory of their own that they work on. */
export interface PixelKernels extends Readonly<Record<Name, Kernel>> {
  /**
   * Makes room for areas of so many bytes, in the order given; earlier ones are forgotten.
   *
   * @returns the memory, and the address of each area, a multiple of 16
   */
  place<Area extends string>(
    sizes: Readonly<Record<Area, number>>,
  ): { memory: ArrayBuffer; at: Readonly<Record<Area, number>> };
}

let compiled: object | undefined;

export function pixelKernels(): PixelKernels {
  compiled ??= new WebAssembly.Module(Buffer.from(pixelKernelsBinary, 'base64'));
  const { memory, ...kernels } = new WebAssembly.Instance(compiled).exports;
  return {
    ...kernels,
    place(sizes) {
      let end = 0;
      const at: Record<string, number> = {};
      for (const [area, bytes] of Object.entries<number>(sizes)) {
        at[area] = end;
        // Vectors reach up to 16 bytes beyond an area.
        end += 16 * Math.ceil(bytes / 16) + 16;
      }
      const missing = end - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / 65_536));
      return { memory: memory.buffer, at: at as ReturnType<PixelKernels['place']>['at'] };
    },
  };
}
