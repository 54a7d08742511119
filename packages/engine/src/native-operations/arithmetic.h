#pragma once
#include <cstdint>

/** Runs task(context, i) for every i below count, on all threads. */
void parallel(int count, void (*task)(void* context, int index), void* context);
/** How many tasks run at a time: as many as TensorFlow's own. */
int threads();

template <typename Task>
void parallel(int count, Task& task) {
  parallel(count, [](void* context, int index) { (*static_cast<Task*>(context))(index); }, &task);
}

/**
 * Sizes of a convolution, of images [batch, rows, columns, channels] and a filter [height, width, in, out], or, where
 * it goes depthwise, [height, width, in, 1].
 */
struct Convolution {
  int batch, inRows, inColumns, inChannels, outRows, outColumns, outChannels;
  int height, width, stride, top, left;
  bool depthwise;
};

/** What follows: PReLU where `slopes`, one a channel, are given, or else, where `relu`, ReLU. */
struct Activation {
  const float* slopes;
  bool relu;
};

/** What follows a convolution, in this order; pointers may be null. `offset` [out], `addend` like the output. */
struct Ending {
  const float *offset, *addend;
  Activation activation;
};

/** Points [count, dimension], as they were given and as seen from a common origin. */
struct Points {
  int count;
  const float *given, *centered;
};

/**
 * -log softmax(logits)[target] of every row of cells [rows, classes x centers]. The logit of a class is the largest cell
 * of its centers, which gets the slope, plus `bias`, or, for the target, `right` of the row, whose slope is multiplied by
 * `slope` of the row. These three may be null. All slopes are multiplied by `weight`.
 */
struct CrossEntropy {
  int rows, classes, centers;
  float weight;
  const float *cells, *bias, *right, *slope;
  const int32_t* targets;
};

/**
 * log(1 + sum over negatives of e^(steepness (s[anchor, negative] + s[positive, negative]) - pull s[anchor, positive])) of
 * all pairs of one class, of similarities s [rows, rows]. Class c has the members from `starts[c]` to `starts[c + 1]`, two
 * at least; to them all other rows are negatives, one at least. Slopes are multiplied by `weight`.
 */
struct Angular {
  int rows, classes;
  float steepness, pull, weight;
  const float* similarities;
  const int32_t *members, *starts;
};

/** A product of matrices a [rows, depth] and b [depth, columns], or of their transposes. */
struct MatrixProduct {
  int rows, columns, depth;
  const float *a, *b;
  bool transposeA, transposeB;
};

/** What is compiled once for each instruction set. Outputs never overlap inputs. */
struct Arithmetic {
  // The filter is multiplied by `scale` [out], where one is given.
  void (*forward)(const Convolution&, const float* x, const float* w, const float* scale, const Ending&, float* y);
  void (*inputGradient)(const Convolution&, const float* dy, const float* w, const float* scale, float* dx);
  /** Without `scale`, `w` and `dScale` are not used. */
  void (*filterGradient)(const Convolution&, const float* x, const float* dy, const float* w, const float* scale,
                         float* dw, float* dScale);

  // Of x [rows, channels] and one number for each channel.
  void (*normalize)(int rows, int channels, const float* x, const float* mean, const float* variance,
                    const float* scale, const float* offset, float epsilon, float* y);
  void (*batchNorm)(int rows, int channels, const float* x, const float* scale, const float* offset,
                    const Activation&, float epsilon, float* y, float* mean, float* variance);
  void (*batchNormGradient)(int rows, int channels, const float* dy, const float* x, const float* scale,
                            const float* offset, const float* mean, const float* variance, const Activation&,
                            float epsilon, float* dx, float* dScale, float* dOffset, float* dSlopes);
  void (*prelu)(int rows, int channels, const float* x, const float* slopes, float* y);
  void (*preluGradient)(int rows, int channels, const float* dy, const float* x, const float* slopes, float* dx,
                        float* dSlopes);
  /** From the ReLU's result y; also the sums of dx, which are the gradient of an offset before it. */
  void (*reluGradient)(int rows, int channels, const float* dy, const float* y, float* dx, float* dOffset);

  /** A matrix [n, n] plus its transpose. */
  void (*addTranspose)(int n, const float* x, float* y);
  /**
   * The Laplacian of a graph whose edge between i and j weighs w[i, j] + w[j, i], where w is slope / distance (0 where
   * the distance is), or, without distances, twice the slope. Distances are symmetric.
   */
  void (*laplacian)(int n, const float* slopes, const float* distances, float* y);
  /** x minus the mean of other rows. */
  void (*center)(int rows, int others, int dimension, const float* x, const float* other, float* y);
  /** Distances, squared unless `root`, [a, b], from the products of the centered points. Points with themselves: once. */
  void (*distances)(const Points& a, const Points& b, int dimension, const float* products, bool root, float* y);
  /** Rows at length 1, or 0 where they are, and 1 / length. */
  void (*unitRows)(int rows, int dimension, const float* x, float* y, float* inverse);
  void (*unitRowsGradient)(int rows, int dimension, const float* dy, const float* y, const float* inverse, float* dx);
  /** The terms [rows], their slopes in the cells and, with a bias, which goes with one center, in that. */
  void (*crossEntropy)(const CrossEntropy&, float* terms, float* slopes, float* ofBias);
  /** Terms class by class, of each pair both ways, and slopes [rows, rows]. */
  void (*angular)(const Angular&, float* terms, float* slopes);
  void (*product)(const MatrixProduct&, float* y);
};

extern const Arithmetic avx2, avx512;
