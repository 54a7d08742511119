import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Writes an executable Node script. */
export function writeTool(path: string, body: string): string {
  writeFileSync(path, `#!${process.execPath}\n${body}`);
  chmodSync(path, 0o755);
  return path;
}

/** The real C++ compiler of this machine. */
export const realCompiler = ((): string => {
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((directory) => ['c++', 'g++', 'clang++'].map((name) => join(directory, name)))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error('These tests need a C++ compiler on the PATH.');
  return found;
})();

/**
 * C of an addon that looks like tfjs-node's.
 *
 * @param options.version A C expression, TensorFlow's version.
 * @param options.body C statements that run when it is loaded.
 */
export function addonSource(options: { version: string; body?: string }): string {
  return `#include <stdlib.h>
#include <signal.h>
typedef struct napi_env__* napi_env; typedef struct napi_value__* napi_value; typedef struct napi_info__* napi_info;
int napi_create_string_utf8(napi_env, const char*, unsigned long, napi_value*);
int napi_get_boolean(napi_env, _Bool, napi_value*);
int napi_create_function(napi_env, const char*, unsigned long, napi_value (*)(napi_env, napi_info), void*, napi_value*);
int napi_set_named_property(napi_env, napi_value, const char*, napi_value);
static napi_value gpu(napi_env env, napi_info info) { napi_value no; napi_get_boolean(env, 0, &no); return no; }
__attribute__((visibility("default"))) int node_api_module_get_api_version_v1(void) { return 8; }
__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  ${options.body ?? ''}
  napi_value value;
  napi_create_string_utf8(env, ${options.version}, (unsigned long)-1, &value);
  napi_set_named_property(env, exports, "TF_Version", value);
  napi_create_function(env, "gpu", (unsigned long)-1, gpu, 0, &value);
  napi_set_named_property(env, exports, "isUsingGpuDevice", value);
  return exports;
}
`;
}

/**
 * A compiler that knows nothing of TensorFlow: it takes tfjs-node's sources for empty files, and links an
 * addon that says it is TensorFlow `version`.
 *
 * @param options.body C++ statements that run when the addon is loaded.
 * @param options.before Shell commands that run before each call but `--version`.
 */
export function fakeCompiler(
  directory: string,
  options: { version?: string; body?: string; before?: string } = {},
): string {
  mkdirSync(directory, { recursive: true });
  const source = join(directory, 'addon.c');
  writeFileSync(source, addonSource({ ...options, version: JSON.stringify(options.version ?? '2.21.0') }));
  const path = join(directory, 'fake-c++');
  writeFileSync(
    path,
    `#!/bin/sh
[ "$1" = --version ] && { echo 'fake-c++ 1.0'; exit 0; }
${options.before ?? ''}
for argument; do [ "$previous" = -o ] && output=$argument; previous=$argument; done
case $output in
  *tfjs_binding.node) exec '${realCompiler}' -x c -shared -fPIC -w -o "$output" '${source}' ;;
  *) : > "$output" ;;
esac
`,
  );
  chmodSync(path, 0o755);
  return path;
}
