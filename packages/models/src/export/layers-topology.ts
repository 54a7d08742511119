/** A weight of a layer: [name in tfjs-layers, shape, values]. */
export type LayersWeight = readonly [name: string, shape: readonly number[], data: Float32Array];

/** A model in the Keras-style description that tfjs-layers reads, under construction. */
export interface LayersTopology {
  /** Appends a layer. @returns its name, to be the input of others */
  add(
    className: string,
    name: string,
    inputs: readonly string[],
    config?: Readonly<Record<string, unknown>>,
    weights?: readonly LayersWeight[],
  ): string;
  /** `model.json` and the values of the one file of weights that it names. */
  files(weightsFile: string, output: string, metadata: unknown): { model: unknown; weights: Uint8Array };
}

/** @param input name and shape, without the batch, of the only input */
export function createLayersTopology(
  modelName: string,
  input: { readonly name: string; readonly shape: readonly number[] },
): LayersTopology {
  const layers: unknown[] = [
    {
      class_name: 'InputLayer',
      name: input.name,
      config: {
        name: input.name,
        batch_input_shape: [null, ...input.shape],
        dtype: 'float32',
        sparse: false,
      },
      inbound_nodes: [],
    },
  ];
  const manifest: { name: string; shape: readonly number[]; dtype: 'float32' }[] = [];
  const values: Float32Array[] = [];
  return {
    add(className, name, inputs, config = {}, weights = []) {
      layers.push({
        class_name: className,
        name,
        config: { name, trainable: true, dtype: 'float32', ...config },
        inbound_nodes: [inputs.map((from) => [from, 0, 0, {}])],
      });
      for (const [weight, shape, data] of weights) {
        manifest.push({ name: `${name}/${weight}`, shape, dtype: 'float32' });
        values.push(data);
      }
      return name;
    },
    files(weightsFile, output, metadata) {
      const weights = new Uint8Array(values.reduce((sum, data) => sum + data.byteLength, 0));
      let at = 0;
      for (const data of values) {
        weights.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
        at += data.byteLength;
      }
      const model = {
        format: 'layers-model',
        generatedBy: '@ft/models',
        convertedBy: null,
        modelTopology: {
          class_name: 'Functional',
          keras_version: 'tfjs-layers 4.22.0',
          backend: 'tensor_flow.js',
          config: {
            name: modelName,
            layers,
            input_layers: [[input.name, 0, 0]],
            output_layers: [[output, 0, 0]],
          },
        },
        weightsManifest: [{ paths: [weightsFile], weights: manifest }],
        userDefinedMetadata: metadata,
      };
      return { model, weights };
    },
  };
}
