/**
 * C++ of a small addon: `begin()` sends file descriptor 2 to a temporary file, `end()` brings it back and
 * returns what was written meanwhile.
 *
 * TensorFlow announces oneDNN on standard error while its libraries load, before it heeds
 * TF_CPP_MIN_LOG_LEVEL, and Node cannot redirect a file descriptor by itself.
 */
export const stderrCaptureSource = `#include <cstdio>
#include <string>
#include <node_api.h>
#include <unistd.h>

static FILE* file = nullptr;
static int original = -1;

static napi_value Begin(napi_env, napi_callback_info) {
  if (file != nullptr || (file = std::tmpfile()) == nullptr) return nullptr;
  std::fflush(stderr);
  original = dup(2);
  dup2(fileno(file), 2);
  return nullptr;
}

static napi_value End(napi_env env, napi_callback_info) {
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

NAPI_MODULE_INIT() {
  napi_value begin, end;
  napi_create_function(env, "begin", NAPI_AUTO_LENGTH, Begin, nullptr, &begin);
  napi_create_function(env, "end", NAPI_AUTO_LENGTH, End, nullptr, &end);
  napi_set_named_property(env, exports, "begin", begin);
  napi_set_named_property(env, exports, "end", end);
  return exports;
}
`;
