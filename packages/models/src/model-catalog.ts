import { InvalidArgumentError, nearestNames } from '@ft/errors';
import type { Architecture } from './architecture.ts';
import type { EmbeddingModel } from './create-model.ts';
import { dlibFaceNet, loadDlibFaceNet } from './dlib-face-net.ts';
import { irNet50 } from './ir-net-50.ts';
import { mobileFaceNet } from './mobile-face-net.ts';
import { nn4Small2 } from './nn4-small2.ts';
import { resNet18 } from './res-net-18.ts';
import { smallCnn } from './small-cnn.ts';

/** Options of the networks; see each network for ranges and defaults, and `CatalogEntry.options` for which it takes. */
export interface NetworkOptions {
  readonly size?: number;
  readonly width?: number;
  readonly embeddingSize?: number;
  readonly crops?: readonly (readonly [top: number, left: number, size: number])[];
}

/** Trained weights of a network, and what one has to know before using them. */
export interface PretrainedWeights {
  /** Where they come from, and the package to install. */
  readonly source: string;
  readonly license: string;
  readonly trainingData: string;
  /** @throws PretrainedWeightsError where the package is not installed */
  load(): Promise<EmbeddingModel>;
}

/** A network that can be built by name. */
export interface CatalogEntry {
  /** Also the architecture's own name. */
  readonly name: string;
  readonly summary: string;
  readonly options: readonly (keyof NetworkOptions)[];
  /** @throws InvalidArgumentError where an option is out of range or not among `options` */
  build(options?: NetworkOptions): Architecture;
  readonly pretrained?: PretrainedWeights;
}

const ALL_OPTIONS = ['size', 'width', 'embeddingSize'] as const;

/** Every network of the package, smallest first. */
export const modelCatalog: readonly CatalogEntry[] = [
  entry('small-cnn', 'six 3x3 convolutions; trains on two cores', [...ALL_OPTIONS, 'crops'], smallCnn),
  entry(
    'mobile-face-net',
    'MobileFaceNet: depthwise bottlenecks with PReLU, for telephones',
    ALL_OPTIONS,
    mobileFaceNet,
  ),
  entry(
    'nn4-small2',
    'the FaceNet-style inception network of OpenFace, for triplet loss',
    ['width', 'embeddingSize'],
    nn4Small2,
  ),
  {
    ...entry(
      'dlib-face-net',
      'the residual network of dlib, 29 convolutions, with trained weights',
      [],
      dlibFaceNet,
    ),
    pretrained: {
      source:
        'dlib_face_recognition_resnet_model_v1 by Davis King, as bytes in the npm package @vladmandic/face-api 1.7',
      license: 'public domain (CC0 1.0); the package MIT',
      trainingData:
        'about 3 million photographs of 7,485 people, half of them from VGG Face and FaceScrub, none of LFW; ' +
        'an LFW result of it is "unrestricted, labelled outside data"',
      load: loadDlibFaceNet,
    },
  },
  entry('resnet-18', 'ResNet-18 with a dense embedding', ALL_OPTIONS, resNet18),
  entry('ir-net-50', 'IResNet-50, the residual network of ArcFace', ALL_OPTIONS, irNet50),
];

/**
 * The catalog's entry of a name.
 *
 * @throws InvalidArgumentError where no network has it
 */
export function catalogEntry(name: string): CatalogEntry {
  const found = modelCatalog.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const names = modelCatalog.map((candidate) => candidate.name);
  const [near] = nearestNames(name, names);
  throw new InvalidArgumentError({
    where: 'catalogEntry',
    argument: 'name',
    expected: `one of ${names.join(', ')}`,
    got: name,
    ...(near === undefined ? {} : { remedy: `Did you mean ${JSON.stringify(near)}?` }),
  });
}

function entry(
  name: string,
  summary: string,
  options: readonly (keyof NetworkOptions)[],
  network: (options: NetworkOptions) => Architecture,
): CatalogEntry {
  return {
    name,
    summary,
    options,
    build(given = {}) {
      for (const key of Object.keys(given) as (keyof NetworkOptions)[]) {
        if (options.includes(key) || given[key] === undefined) continue;
        const expected = options.length === 0 ? 'left out' : `left out; it takes ${options.join(', ')}`;
        throw new InvalidArgumentError({ where: name, argument: key, expected, got: given[key] });
      }
      return network(given);
    },
  };
}
