{
  "variables": {
    "openblas_include": "<!(node scripts/native-config.mjs --openblas-include)",
    "openblas_lib": "<!(node scripts/native-config.mjs --openblas-lib)",
    "hwy_include": "<!(node scripts/native-config.mjs --hwy-include)",
    "doctest_include": "<!(node scripts/native-config.mjs --doctest-include)"
  },
  "target_defaults": {
    "cflags!": ["-O2"],
    "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
    "cflags_cc": ["-std=c++20", "-O3", "-Wall", "-Wextra", "-fvisibility=hidden", "-fvisibility-inlines-hidden"],
    "xcode_settings": {
      "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
      "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
      "GCC_ENABLE_CPP_RTTI": "YES",
      "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
      "MACOSX_DEPLOYMENT_TARGET": "12.0"
    }
  },
  "targets": [
    {
      "target_name": "core",
      "type": "static_library",
      "sources": ["<!@(node -p \"require('./native/sources.json').core.join(' ')\")"],
      "include_dirs": ["native/core", "<(openblas_include)", "<(hwy_include)"],
      "direct_dependent_settings": {
        "include_dirs": ["native/core", "<(hwy_include)"],
        "libraries": ["<(openblas_lib)"],
        "conditions": [
          ["OS=='linux'", {
            "ldflags": ["-Wl,--wrap=blas_memory_alloc", "-Wl,--wrap=blas_memory_free",
                        "-Wl,--undefined=__wrap_blas_memory_alloc",
                        "-Wl,--exclude-libs,ALL", "-Wl,-Bsymbolic", "-Wl,--gc-sections",
                        "-static-libgcc", "-static-libstdc++"],
            "libraries": ["-lm", "-lpthread"]
          }]
        ]
      }
    },
    {
      "target_name": "chainrule",
      "dependencies": ["core"],
      "sources": ["<!@(node -p \"require('./native/sources.json').addon.join(' ')\")"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NAPI_CPP_EXCEPTIONS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
                  "CHAINRULE_VERSION=\"<!(node -p \"require('./package.json').version\")\""],
      "conditions": [
        ["OS=='linux'", {
          "ldflags": ["-Wl,-z,nodelete", "-Wl,--version-script=<(module_root_dir)/native/addon/exports.map"]
        }]
      ]
    }
  ],
  "conditions": [
    ["openblas_lib!=''", {
      "targets": [{
        "target_name": "core_bench",
        "type": "executable",
        "dependencies": ["core"],
        "sources": ["<!@(node -p \"require('./native/sources.json').bench.join(' ')\")"],
        "include_dirs": ["<(openblas_include)"]
      }]
    }],
    ["doctest_include!=''", {
      "targets": [{
        "target_name": "core_test",
        "type": "executable",
        "dependencies": ["core"],
        "sources": ["<!@(node -p \"require('./native/sources.json').test.join(' ')\")"],
        "include_dirs": ["<(doctest_include)"]
      }]
    }]
  ]
}
