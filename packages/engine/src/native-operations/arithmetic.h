#pragma once

/** Runs task(context, i) for every i below count, on all threads. */
void parallel(int count, void (*task)(void* context, int index), void* context);
/** How many tasks run at a time: as many as TensorFlow's own. */
int threads();

template <typename Task>
void parallel(int count, Task& task) {
  parallel(count, [](void* context, int index) { (*static_cast<Task*>(context))(index); }, &task);
}

/** Sizes of a convolution, of images [batch, rows, columns, channels] and a filter [height, width, in, out]. */
struct Convolution {
  int batch, inRows, inColumns, inChannels, outRows, outColumns, outChannels;
  int height, width, stride, top, left;
};

/** What is compiled once for each instruction set. Outputs never overlap inputs. */
struct Arithmetic {
  /** `bias` [out] may be null; then, where `slopes` [out] are given, PReLU, or else, where `relu`, ReLU. */
  void (*forward)(const Convolution&, const float* x, const float* w, const float* bias, const float* slopes, bool relu,
                  float* y);
  void (*inputGradient)(const Convolution&, const float* dy, const float* w, float* dx);
  void (*filterGradient)(const Convolution&, const float* x, const float* dy, float* dw);

  // Of x [rows, channels] and one number for each channel.
  void (*batchNorm)(int rows, int channels, const float* x, const float* scale, const float* offset, float epsilon,
                    float* y, float* mean, float* variance);
  void (*batchNormGradient)(int rows, int channels, const float* dy, const float* x, const float* scale,
                            const float* mean, const float* variance, float epsilon, float* dx, float* dScale,
                            float* dOffset);
  void (*prelu)(int rows, int channels, const float* x, const float* slopes, float* y);
  void (*preluGradient)(int rows, int channels, const float* dy, const float* x, const float* slopes, float* dx,
                        float* dSlopes);
};

extern const Arithmetic avx2, avx512;
