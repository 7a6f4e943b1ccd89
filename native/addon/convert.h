#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "model/spec.h"
#include "runtime/error.h"
#include "runtime/thread_pool.h"

namespace chainrule {

/// Converts JavaScript values for the core. src/ has already validated them, with better messages;
/// these checks are those that memory safety needs. All throw Error.

[[noreturn]] void refuse(const std::string& message);

// Fields of an object.
double to_number(const Napi::Object& object, const char* name);
/// A whole number in [0, most].
size_t to_whole(const Napi::Object& object, const char* name, size_t most);
bool to_truth(const Napi::Object& object, const char* name);
Napi::Object to_object(const Napi::Object& object, const char* name);

NetworkSpec to_network_spec(const Napi::Object& object);

/// The caller's arrays, valid only during the call. Class indices are copied before they are
/// checked, because shared memory could change in between.
struct BorrowedSamples {
  Samples view;
  std::vector<int32_t> labels;
};

/// `output_size` 0 means labels with any number of classes.
BorrowedSamples to_samples(const Napi::Object& object, size_t input_size, size_t output_size,
                           bool takes_labels);

/// `size` values of a Float32Array.
const float* to_floats(const Napi::Value& value, size_t size, const char* what);

std::vector<uint32_t> to_rows(const Napi::Value& value);

Napi::Float32Array from_floats(Napi::Env env, const std::vector<float>& values);

}  // namespace chainrule
