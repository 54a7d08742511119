/** What the loader addon offers. */
export interface LoaderAddon {
  /** Sends file descriptor 2 to a temporary file. */
  captureStderr(): void;
  /** Brings file descriptor 2 back and returns what was written meanwhile. */
  releaseStderr(): string;
  /** Loads a shared library for the libraries that are loaded later; returns whether it could be. */
  preload(path: string): boolean;
}

/**
 * C++ of the loader addon, which does what Node cannot while TensorFlow's libraries load.
 *
 * TensorFlow announces oneDNN on standard error before it heeds TF_CPP_MIN_LOG_LEVEL, and it looks for the
 * CUDA libraries by their bare names, which finds those that are already loaded wherever they lie.
 */
export const loaderAddonSource = `#include <cstdio>
#include <string>
#include <dlfcn.h>
#include <node_api.h>
#include <unistd.h>

static FILE* file = nullptr;
static int original = -1;

static napi_value CaptureStderr(napi_env, napi_callback_info) {
  if (file != nullptr || (file = std::tmpfile()) == nullptr) return nullptr;
  std::fflush(stderr);
  original = dup(2);
  dup2(fileno(file), 2);
  return nullptr;
}

static napi_value ReleaseStderr(napi_env env, napi_callback_info) {
  std::string text;
  if (file != nullptr) {
    std::fflush(stderr);
    dup2(original, 2);
    close(original);
    std::rewind(file);
    for (int c; (c = std::fgetc(file)) != EOF;) text.push_back(static_cast<char>(c));
    std::fclose(file);
    file = nullptr;
  }
  napi_value result;
  napi_create_string_utf8(env, text.data(), text.size(), &result);
  return result;
}

static napi_value Preload(napi_env env, napi_callback_info info) {
  size_t count = 1, length = 0;
  napi_value argument, result;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  napi_get_value_string_utf8(env, argument, nullptr, 0, &length);
  std::string path(length + 1, 0);
  napi_get_value_string_utf8(env, argument, &path[0], path.size(), &length);
  napi_get_boolean(env, dlopen(path.c_str(), RTLD_LAZY | RTLD_GLOBAL) != nullptr, &result);
  return result;
}

NAPI_MODULE_INIT() {
  napi_property_descriptor functions[] = {
    {"captureStderr", nullptr, CaptureStderr, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
    {"releaseStderr", nullptr, ReleaseStderr, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
    {"preload", nullptr, Preload, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, 3, functions);
  return exports;
}
`;
