{
  "variables": {
    "prebuild%": "<!(node -p \"process.env.CHAINRULE_PREBUILD || 0\")",
    "openblas_lib": "<!(node scripts/native-config.mjs --openblas-lib)",
    "hwy_include": "<!(node scripts/native-config.mjs --hwy-include)",
    "doctest_include": "<!(node scripts/native-config.mjs --doctest-include)"
  },
  "target_defaults": {
    "cflags!": ["-O2"],
    "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
    "cflags_cc": ["<!@(node scripts/native-config.mjs --compile-flags)"],
    "defines": ["<!@(node scripts/native-config.mjs --defines)"],
    "xcode_settings": {
      "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
      "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
      "GCC_ENABLE_CPP_RTTI": "YES",
      "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
      "MACOSX_DEPLOYMENT_TARGET": "12.0",
      "OTHER_CPLUSPLUSFLAGS": ["<!@(node scripts/native-config.mjs --compile-flags)"]
    }
  },
  "targets": [
    {
      "target_name": "core",
      "type": "static_library",
      "sources": ["<!@(node scripts/native-config.mjs --core-sources)"],
      "include_dirs": ["native/core", "<(hwy_include)"],
      "direct_dependent_settings": {
        "include_dirs": ["native/core", "<(hwy_include)"],
        "libraries": ["<(openblas_lib)"],
        "ldflags": ["<!@(node scripts/native-config.mjs --link-flags)"],
        "conditions": [["OS=='linux'", { "libraries": ["-lm", "-lpthread"] }]]
      }
    },
    {
      "target_name": "chainrule",
      "dependencies": ["core"],
      "sources": ["<!@(node scripts/native-config.mjs --addon-sources)"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "ldflags": ["<!@(node scripts/native-config.mjs --addon-link-flags)"],
      "conditions": [
        ["OS=='linux'", { "ldflags": ["-Wl,--version-script=<(module_root_dir)/native/addon/exports.map"] }]
      ]
    }
  ],
  "conditions": [
    ["openblas_lib!='' and prebuild==0", {
      "targets": [{
        "target_name": "core_bench",
        "type": "executable",
        "dependencies": ["core"],
        "sources": ["<!@(node scripts/native-config.mjs --bench-sources)"]
      }]
    }],
    ["doctest_include!='' and prebuild==0", {
      "targets": [{
        "target_name": "core_test",
        "type": "executable",
        "dependencies": ["core"],
        "sources": [
          "<!@(node scripts/native-config.mjs --test-sources)",
          "<!@(node scripts/native-config.mjs --fuzz-sources)"
        ],
        "include_dirs": ["<(doctest_include)"]
      }]
    }]
  ]
}
