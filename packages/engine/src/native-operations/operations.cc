#include <malloc.h>
#include <cstddef>
#include <cmath>
#include <cstdint>
#include <vector>
#include <node_api.h>
#include "arithmetic.h"

// The part of TensorFlow's C API that is used here; its headers are gone once an engine is installed.
extern "C" {
struct TF_Status;
struct TF_Tensor;
struct TF_OpKernelConstruction;
struct TF_OpKernelContext;
struct TF_KernelBuilder;
struct TF_OpDefinitionBuilder;
struct TF_ShapeInferenceContext;
TF_Status* TF_NewStatus();
void TF_DeleteStatus(TF_Status*);
int TF_GetCode(const TF_Status*);
int TF_NumDims(const TF_Tensor*);
int64_t TF_Dim(const TF_Tensor*, int);
void* TF_TensorData(const TF_Tensor*);
void TF_DeleteTensor(TF_Tensor*);
TF_KernelBuilder* TF_NewKernelBuilder(const char* op, const char* device, void* (*create)(TF_OpKernelConstruction*),
                                      void (*compute)(void*, TF_OpKernelContext*), void (*remove)(void*));
void TF_RegisterKernelBuilder(const char* name, TF_KernelBuilder*, TF_Status*);
void TF_OpKernelConstruction_GetAttrInt32List(TF_OpKernelConstruction*, const char*, int32_t*, int, TF_Status*);
void TF_OpKernelConstruction_GetAttrFloatList(TF_OpKernelConstruction*, const char*, float*, int, TF_Status*);
void TF_OpKernelConstruction_Failure(TF_OpKernelConstruction*, TF_Status*);
void TF_OpKernelContext_Failure(TF_OpKernelContext*, TF_Status*);
void TF_GetInput(TF_OpKernelContext*, int, TF_Tensor**, TF_Status*);
TF_Tensor* TF_AllocateOutput(TF_OpKernelContext*, int, int type, const int64_t* shape, int rank, size_t bytes, TF_Status*);
TF_OpDefinitionBuilder* TF_NewOpDefinitionBuilder(const char*);
void TF_OpDefinitionBuilderAddInput(TF_OpDefinitionBuilder*, const char*);
void TF_OpDefinitionBuilderAddOutput(TF_OpDefinitionBuilder*, const char*);
void TF_OpDefinitionBuilderAddAttr(TF_OpDefinitionBuilder*, const char*);
void TF_OpDefinitionBuilderSetShapeInferenceFunction(TF_OpDefinitionBuilder*, void (*)(TF_ShapeInferenceContext*, TF_Status*));
void TF_RegisterOpDefinition(TF_OpDefinitionBuilder*, TF_Status*);
void TF_ShapeInferenceContextSetUnknownShape(TF_ShapeInferenceContext*, TF_Status*);
}

namespace {

constexpr int floatType = 1;
const Arithmetic* arithmetic = nullptr;

/** The inputs and outputs of one call. */
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context(context), status(TF_NewStatus()) {}
  ~Call() {
    if (TF_GetCode(status) != 0) TF_OpKernelContext_Failure(context, status);
    for (TF_Tensor* tensor : tensors) TF_DeleteTensor(tensor);
    TF_DeleteStatus(status);
  }
  /** Null after a failure. */
  TF_Tensor* input(int index) {
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context, index, &tensor, status);
    if (tensor != nullptr) tensors.push_back(tensor);
    return tensor;
  }
  float* output(int index, const std::vector<int64_t>& shape) {
    size_t bytes = sizeof(float);
    for (int64_t size : shape) bytes *= size;
    TF_Tensor* tensor = TF_AllocateOutput(context, index, floatType, shape.data(), static_cast<int>(shape.size()), bytes, status);
    if (tensor == nullptr) return nullptr;
    tensors.push_back(tensor);
    return static_cast<float*>(TF_TensorData(tensor));
  }

 private:
  TF_OpKernelContext* context;
  TF_Status* status;
  std::vector<TF_Tensor*> tensors;
};

const float* data(const TF_Tensor* tensor) { return static_cast<const float*>(TF_TensorData(tensor)); }
int size(const TF_Tensor* tensor, int axis) { return static_cast<int>(TF_Dim(tensor, axis)); }

/** The numbers of a tensor [channels]; none where it is empty. */
const float* given(const TF_Tensor* tensor) { return size(tensor, 0) > 0 ? data(tensor) : nullptr; }

/**
 * Height, width, stride, padding above and to the left, rows and columns of the result, depthwise (0 or 1), and
 * ReLU behind it (0 or 1).
 */
struct Window {
  static constexpr const char* name = "window";
  int32_t values[9];
};

Convolution convolution(const void* window) {
  const int32_t* v = static_cast<const Window*>(window)->values;
  Convolution c{};
  c.height = v[0], c.width = v[1], c.stride = v[2], c.top = v[3], c.left = v[4], c.depthwise = v[7] == 1;
  return c;
}

void forward(void* window, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *x = call.input(0), *w = call.input(1), *scale = call.input(2), *offset = call.input(3),
            *slopes = call.input(4), *addend = call.input(5);
  if (!x || !w || !scale || !offset || !slopes || !addend) return;
  const int32_t* v = static_cast<Window*>(window)->values;
  Convolution c = convolution(window);
  c.batch = size(x, 0), c.inRows = size(x, 1), c.inColumns = size(x, 2), c.inChannels = size(x, 3);
  c.outRows = v[5], c.outColumns = v[6], c.outChannels = c.depthwise ? c.inChannels : size(w, 3);
  float* y = call.output(0, {c.batch, c.outRows, c.outColumns, c.outChannels});
  if (y) arithmetic->forward(c, data(x), data(w), given(scale), {given(offset), given(addend), {given(slopes), v[8] == 1}}, y);
}

void inputGradient(void* window, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *dy = call.input(0), *w = call.input(1), *scale = call.input(2);
  if (!dy || !w || !scale) return;
  const int32_t* v = static_cast<Window*>(window)->values;
  Convolution c = convolution(window);
  c.batch = size(dy, 0), c.outRows = size(dy, 1), c.outColumns = size(dy, 2), c.outChannels = size(dy, 3);
  c.inRows = v[5], c.inColumns = v[6], c.inChannels = size(w, 2);
  float* dx = call.output(0, {c.batch, c.inRows, c.inColumns, c.inChannels});
  if (dx) arithmetic->inputGradient(c, data(dy), data(w), given(scale), dx);
}

void filterGradient(void* window, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *x = call.input(0), *dy = call.input(1), *w = call.input(2), *scale = call.input(3);
  if (!x || !dy || !w || !scale) return;
  Convolution c = convolution(window);
  c.batch = size(x, 0), c.inRows = size(x, 1), c.inColumns = size(x, 2), c.inChannels = size(x, 3);
  c.outRows = size(dy, 1), c.outColumns = size(dy, 2), c.outChannels = size(dy, 3);
  float *dw = call.output(0, {c.height, c.width, c.inChannels, c.depthwise ? 1 : c.outChannels}),
        *dScale = call.output(1, {size(scale, 0)});
  if (dw && dScale) arithmetic->filterGradient(c, data(x), data(dy), given(w), given(scale), dw, dScale);
}

/** A tensor [..., channels] as rows. */
struct Rows {
  int rows = 1, channels;
  std::vector<int64_t> shape;
  explicit Rows(const TF_Tensor* x) {
    for (int axis = 0; axis < TF_NumDims(x); axis++) shape.push_back(TF_Dim(x, axis));
    channels = static_cast<int>(shape.back());
    for (size_t axis = 0; axis + 1 < shape.size(); axis++) rows *= static_cast<int>(shape[axis]);
  }
};

/** What is added to variances, and whether ReLU follows (0 or 1). */
struct Normal {
  static constexpr const char* name = "normal";
  float values[2];
};
float epsilonOf(const void* normal) { return static_cast<const Normal*>(normal)->values[0]; }
bool hasRelu(const void* normal) { return static_cast<const Normal*>(normal)->values[1] == 1; }

void normalize(void* normal, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *x = call.input(0), *mean = call.input(1), *variance = call.input(2), *scale = call.input(3),
            *offset = call.input(4);
  if (!x || !mean || !variance || !scale || !offset) return;
  const Rows r(x);
  float* y = call.output(0, r.shape);
  if (!y) return;
  arithmetic->normalize(r.rows, r.channels, data(x), data(mean), data(variance), data(scale), data(offset),
                        epsilonOf(normal), y);
}

/** What normalising by given statistics multiplies by and adds. */
void normFactors(void* normal, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *scale = call.input(0), *offset = call.input(1), *mean = call.input(2), *variance = call.input(3);
  if (!scale || !offset || !mean || !variance) return;
  const int channels = size(scale, 0);
  float *factors = call.output(0, {channels}), *shifts = call.output(1, {channels});
  if (!factors || !shifts) return;
  for (int c = 0; c < channels; c++) {
    factors[c] = data(scale)[c] / std::sqrt(data(variance)[c] + epsilonOf(normal));
    shifts[c] = data(offset)[c] - data(mean)[c] * factors[c];
  }
}

void batchNorm(void* normal, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *x = call.input(0), *scale = call.input(1), *offset = call.input(2), *slopes = call.input(3);
  if (!x || !scale || !offset || !slopes) return;
  const Rows r(x);
  float *y = call.output(0, r.shape), *mean = call.output(1, {r.channels}), *variance = call.output(2, {r.channels});
  if (!y || !mean || !variance) return;
  arithmetic->batchNorm(r.rows, r.channels, data(x), data(scale), data(offset), {given(slopes), hasRelu(normal)},
                        epsilonOf(normal), y, mean, variance);
}

void batchNormGradient(void* normal, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *dy = call.input(0), *x = call.input(1), *scale = call.input(2), *offset = call.input(3),
            *slopes = call.input(4), *mean = call.input(5), *variance = call.input(6);
  if (!dy || !x || !scale || !offset || !slopes || !mean || !variance) return;
  const Rows r(x);
  float *dx = call.output(0, r.shape), *dScale = call.output(1, {r.channels}), *dOffset = call.output(2, {r.channels}),
        *dSlopes = call.output(3, {size(slopes, 0)});
  if (!dx || !dScale || !dOffset || !dSlopes) return;
  arithmetic->batchNormGradient(r.rows, r.channels, data(dy), data(x), data(scale), data(offset), data(mean),
                                data(variance), {given(slopes), hasRelu(normal)}, epsilonOf(normal), dx, dScale,
                                dOffset, dSlopes);
}

void prelu(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *x = call.input(0), *slopes = call.input(1);
  if (!x || !slopes) return;
  const Rows r(x);
  float* y = call.output(0, r.shape);
  if (y) arithmetic->prelu(r.rows, r.channels, data(x), data(slopes), y);
}

void preluGradient(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *dy = call.input(0), *x = call.input(1), *slopes = call.input(2);
  if (!dy || !x || !slopes) return;
  const Rows r(x);
  float *dx = call.output(0, r.shape), *dSlopes = call.output(1, {r.channels});
  if (dx && dSlopes) arithmetic->preluGradient(r.rows, r.channels, data(dy), data(x), data(slopes), dx, dSlopes);
}

void reluGradient(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *dy = call.input(0), *y = call.input(1);
  if (!dy || !y) return;
  const Rows r(y);
  float *dx = call.output(0, r.shape), *dOffset = call.output(1, {r.channels});
  if (dx && dOffset) arithmetic->reluGradient(r.rows, r.channels, data(dy), data(y), dx, dOffset);
}

void addTranspose(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* x = call.input(0);
  if (!x) return;
  const int n = size(x, 0);
  if (float* y = call.output(0, {n, n})) arithmetic->addTranspose(n, data(x), y);
}

void laplacian(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *slopes = call.input(0), *distances = call.input(1);
  if (!slopes || !distances) return;
  const int n = size(slopes, 0);
  if (float* y = call.output(0, {n, n})) arithmetic->laplacian(n, data(slopes), given(distances), y);
}

void center(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *x = call.input(0), *other = call.input(1);
  if (!x || !other) return;
  float* y = call.output(0, {size(x, 0), size(x, 1)});
  if (y) arithmetic->center(size(x, 0), size(other, 0), size(x, 1), data(x), data(other), y);
}

/** Whether distances are not squared, 1 or 0. */
struct Root {
  static constexpr const char* name = "root";
  int32_t values[1];
};

/** Of points a [rows, dimension] to b, or, where b is empty, to themselves. */
void distances(void* root, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *products = call.input(0), *a = call.input(1), *aCentered = call.input(2), *b = call.input(3),
            *bCentered = call.input(4);
  if (!products || !a || !aCentered || !b || !bCentered) return;
  const Points from{size(a, 0), data(a), data(aCentered)};
  const Points to = size(b, 0) == 0 ? from : Points{size(b, 0), data(b), data(bCentered)};
  float* y = call.output(0, {from.count, to.count});
  if (y) arithmetic->distances(from, to, size(a, 1), data(products), static_cast<Root*>(root)->values[0] == 1, y);
}

void unitRows(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* x = call.input(0);
  if (!x) return;
  float *y = call.output(0, {size(x, 0), size(x, 1)}), *inverse = call.output(1, {size(x, 0)});
  if (y && inverse) arithmetic->unitRows(size(x, 0), size(x, 1), data(x), y, inverse);
}

void unitRowsGradient(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *dy = call.input(0), *y = call.input(1), *inverse = call.input(2);
  if (!dy || !y || !inverse) return;
  float* dx = call.output(0, {size(y, 0), size(y, 1)});
  if (dx) arithmetic->unitRowsGradient(size(y, 0), size(y, 1), data(dy), data(y), data(inverse), dx);
}

/** How many cells the logit of a class is the largest of, and what slopes are multiplied by. */
struct Logits {
  static constexpr const char* name = "logits";
  float values[2];
};

void crossEntropy(void* logits, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *cells = call.input(0), *bias = call.input(1), *targets = call.input(2), *right = call.input(3),
            *slope = call.input(4);
  if (!cells || !bias || !targets || !right || !slope) return;
  const float* v = static_cast<Logits*>(logits)->values;
  const int centers = static_cast<int>(v[0]), rows = size(cells, 0), columns = size(cells, 1);
  const CrossEntropy e{rows,        columns / centers, centers,      v[1], data(cells), given(bias), given(right),
                       given(slope), static_cast<const int32_t*>(TF_TensorData(targets))};
  float *terms = call.output(0, {rows}), *slopes = call.output(1, {rows, columns}),
        *ofBias = call.output(2, {size(bias, 0)});
  if (terms && slopes && ofBias) arithmetic->crossEntropy(e, terms, slopes, ofBias);
}

/** Steepness, pull, and what slopes are multiplied by. */
struct Angle {
  static constexpr const char* name = "angle";
  float values[3];
};

void angular(void* angle, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *similarities = call.input(0), *members = call.input(1), *starts = call.input(2);
  if (!similarities || !members || !starts) return;
  const float* v = static_cast<Angle*>(angle)->values;
  const Angular a{size(similarities, 0), size(starts, 0) - 1, v[0], v[1], v[2], data(similarities),
                  static_cast<const int32_t*>(TF_TensorData(members)),
                  static_cast<const int32_t*>(TF_TensorData(starts))};
  int64_t pairs = 0;
  for (int c = 0; c < a.classes; c++) {
    const int64_t count = a.starts[c + 1] - a.starts[c];
    pairs += count * (count - 1);
  }
  float *terms = call.output(0, {pairs}), *slopes = call.output(1, {a.rows, a.rows});
  if (terms && slopes) arithmetic->angular(a, terms, slopes);
}

/** Whether a and b are transposed, 1 or 0. */
struct Transposed {
  static constexpr const char* name = "transposed";
  int32_t values[2];
};

void product(void* transposed, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *a = call.input(0), *b = call.input(1);
  if (!a || !b) return;
  const int32_t* v = static_cast<Transposed*>(transposed)->values;
  const MatrixProduct f{size(a, v[0] ? 1 : 0), size(b, v[1] ? 0 : 1), size(a, v[0] ? 0 : 1), data(a), data(b), v[0] == 1, v[1] == 1};
  if (float* y = call.output(0, {f.rows, f.columns})) arithmetic->product(f, y);
}

void readList(TF_OpKernelConstruction* construction, const char* name, int32_t* to, int count, TF_Status* status) {
  TF_OpKernelConstruction_GetAttrInt32List(construction, name, to, count, status);
}
void readList(TF_OpKernelConstruction* construction, const char* name, float* to, int count, TF_Status* status) {
  TF_OpKernelConstruction_GetAttrFloatList(construction, name, to, count, status);
}

/** One of an operation, read once for all of its calls. */
struct Attribute {
  const char* definition;
  void* (*create)(TF_OpKernelConstruction*);
  void (*remove)(void*);
};

template <typename List>
constexpr Attribute attribute(const char* definition) {
  return {definition,
          [](TF_OpKernelConstruction* construction) -> void* {
            auto* list = new List;
            TF_Status* status = TF_NewStatus();
            readList(construction, List::name, list->values, sizeof list->values / sizeof list->values[0], status);
            if (TF_GetCode(status) != 0) TF_OpKernelConstruction_Failure(construction, status);
            TF_DeleteStatus(status);
            return list;
          },
          [](void* list) { delete static_cast<List*>(list); }};
}
constexpr Attribute window = attribute<Window>("window: list(int)");
constexpr Attribute normal = attribute<Normal>("normal: list(float)");
constexpr Attribute root = attribute<Root>("root: list(int)");
constexpr Attribute logits = attribute<Logits>("logits: list(float)");
constexpr Attribute angle = attribute<Angle>("angle: list(float)");
constexpr Attribute transposed = attribute<Transposed>("transposed: list(int)");
constexpr Attribute none = {nullptr, nullptr, nullptr};

typedef std::initializer_list<const char*> Names;
void define(const char* name, Names inputs, Names outputs, const Attribute& attribute,
            void (*compute)(void*, TF_OpKernelContext*)) {
  TF_Status* status = TF_NewStatus();
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(name);
  for (const char* input : inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  if (attribute.definition) TF_OpDefinitionBuilderAddAttr(definition, attribute.definition);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, TF_ShapeInferenceContextSetUnknownShape);
  TF_RegisterOpDefinition(definition, status);
  if (TF_GetCode(status) == 0) {
    TF_RegisterKernelBuilder(name, TF_NewKernelBuilder(name, "CPU", attribute.create, compute, attribute.remove), status);
  }
  TF_DeleteStatus(status);
}

}  // namespace

NAPI_MODULE_INIT() {
  // Once for the process; each of its Node environments loads the addon.
  if (arithmetic != nullptr) return exports;
  // Images of a batch come and go with every operation; otherwise each gets fresh pages from the system.
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) arithmetic = &avx512;
  else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) arithmetic = &avx2;
  else return exports;
  define("FtConv2D",
         {"x: float", "filter: float", "scale: float", "offset: float", "slopes: float", "addend: float"}, {"y: float"},
         window, forward);
  define("FtConv2DInputGradient", {"dy: float", "filter: float", "scale: float"}, {"dx: float"}, window, inputGradient);
  define("FtConv2DFilterGradient", {"x: float", "dy: float", "filter: float", "scale: float"},
         {"dfilter: float", "dscale: float"}, window, filterGradient);
  define("FtNormalize", {"x: float", "mean: float", "variance: float", "scale: float", "offset: float"}, {"y: float"},
         normal, normalize);
  define("FtNormFactors", {"scale: float", "offset: float", "mean: float", "variance: float"},
         {"factors: float", "shifts: float"}, normal, normFactors);
  define("FtBatchNorm", {"x: float", "scale: float", "offset: float", "slopes: float"},
         {"y: float", "mean: float", "variance: float"}, normal, batchNorm);
  define("FtBatchNormGradient",
         {"dy: float", "x: float", "scale: float", "offset: float", "slopes: float", "mean: float", "variance: float"},
         {"dx: float", "dscale: float", "doffset: float", "dslopes: float"}, normal, batchNormGradient);
  define("FtPrelu", {"x: float", "slopes: float"}, {"y: float"}, none, prelu);
  define("FtPreluGradient", {"dy: float", "x: float", "slopes: float"}, {"dx: float", "dslopes: float"}, none,
         preluGradient);
  define("FtReluGradient", {"dy: float", "y: float"}, {"dx: float", "doffset: float"}, none, reluGradient);
  define("FtAddTranspose", {"x: float"}, {"y: float"}, none, addTranspose);
  define("FtLaplacian", {"slopes: float", "distances: float"}, {"y: float"}, none, laplacian);
  define("FtCenter", {"x: float", "other: float"}, {"y: float"}, none, center);
  define("FtDistances",
         {"products: float", "a: float", "acentered: float", "b: float", "bcentered: float"}, {"y: float"}, root,
         distances);
  define("FtUnitRows", {"x: float"}, {"y: float", "inverse: float"}, none, unitRows);
  define("FtAngular", {"similarities: float", "members: int32", "starts: int32"}, {"terms: float", "slopes: float"},
         angle, angular);
  define("FtProduct", {"a: float", "b: float"}, {"y: float"}, transposed, product);
  define("FtCrossEntropy", {"cells: float", "bias: float", "targets: int32", "right: float", "slope: float"},
         {"terms: float", "slopes: float", "ofbias: float"}, logits, crossEntropy);
  define("FtUnitRowsGradient", {"dy: float", "y: float", "inverse: float"}, {"dx: float"}, none, unitRowsGradient);
  return exports;
}
