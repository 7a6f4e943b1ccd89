/**
 * Node-API for addons on Windows that are linked without node.lib: every function is a jump through a slot, which
 * is filled when the addon is loaded, from the program that loads it: node.exe under any name, electron.exe or a
 * single executable; or from libnode.dll.
 */

import { createRequire } from 'node:module';

const { symbols } = createRequire(import.meta.url)('node-api-headers');

/** The C++ source that defines Node-API's functions up to `version`, for x64 and arm64. */
export function windowsNodeApi(version) {
  const { js_native_api_symbols: engine, node_api_symbols: node } = symbols[`v${version}`];
  const names = [...new Set([...engine, ...node])].sort();
  return `#include <windows.h>
#define FUNCTIONS(X) \\
${names.map((name) => `  X(${name})`).join(' \\\n')}
#if defined(__x86_64__)
#define JUMP(name) __asm__(".globl " #name "\\n" #name ":\\n\\tjmp *slot_" #name "(%rip)\\n");
#else
#define JUMP(name) \\
  __asm__(".globl " #name "\\n" #name ":\\n\\tadrp x16, slot_" #name "\\n" \\
          "\\tldr x16, [x16, :lo12:slot_" #name "]\\n\\tbr x16\\n");
#endif
#define SLOT(name) extern "C" { __attribute__((used)) void* slot_##name; }
FUNCTIONS(SLOT)
FUNCTIONS(JUMP)
namespace {
struct Binder {
  Binder() {
    HMODULE host = GetModuleHandleA("libnode.dll");
    if (host == nullptr) host = GetModuleHandleA(nullptr);
#define BIND(name) slot_##name = reinterpret_cast<void*>(GetProcAddress(host, #name));
    FUNCTIONS(BIND)
  }
} binder;
}  // namespace
`;
}
