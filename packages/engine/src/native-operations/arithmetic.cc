// Compiled once for each instruction set; `parallel` and the operations are not.
#if defined(__AVX512F__)
#define ARITHMETIC avx512
constexpr int lanes = 16;
#else
#define ARITHMETIC avx2
constexpr int lanes = 8;
#endif

#include "angular.h"
#include "convolution.h"
#include "cross-entropy.h"
#include "matrices.h"
#include "product.h"

const Arithmetic ARITHMETIC = {forward,      inputGradient,     filterGradient, normalize, batchNorm,
                               batchNormGradient, prelu,        preluGradient,  reluGradient, addTranspose,
                               laplacian,    center,            distances,      unitRows,  unitRowsGradient,
                               crossEntropy, angular, product};
