import { expect, test } from 'vitest';
import { catalogEntry, describeArchitecture, modelCatalog } from './index.ts';

/** Every network that has an option, built with 64 for it. */
function taking(option: 'size' | 'embeddingSize') {
  return modelCatalog
    .filter(({ options }) => options.includes(option))
    .map(({ build }) => build({ [option]: 64 }));
}

test('every network is found by its name and stands in the order of its size', () => {
  const sizes = modelCatalog.map(({ name, build }) => {
    expect(catalogEntry(name).build().name).toBe(name);
    return describeArchitecture(build()).parameters;
  });
  expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
});

test('options that a network takes change it; others, and unknown names, are refused', () => {
  expect(taking('embeddingSize').map(({ embeddingSize }) => embeddingSize)).toEqual([64, 64, 64, 64, 64]);
  expect(taking('size').map(({ input }) => input.height)).toEqual([64, 64, 64, 64]);
  expect(() => catalogEntry('nn4-small2').build({ size: 64 })).toThrow(
    'nn4-small2: size must be left out; it takes width, embeddingSize, got 64.',
  );
  expect(() => catalogEntry('dlib-face-net').build({ width: 2 })).toThrow(
    'dlib-face-net: width must be left out, got 2.',
  );
  expect(() => catalogEntry('resnet18')).toThrow('got "resnet18". Did you mean "resnet-18"?');
});

test('trained weights come with their licence and training data', () => {
  const { pretrained } = catalogEntry('dlib-face-net');
  expect(pretrained?.license).toContain('CC0');
  expect(pretrained?.trainingData).toContain('unrestricted, labelled outside data');
});
