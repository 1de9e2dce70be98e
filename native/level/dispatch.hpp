// Which instruction levels this machine has, and the choice among them.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "kernels.hpp"

namespace globular {

// The levels of this build that this machine can run, the widest last.
std::vector<const Kernels*> available_levels();

// The level named, or the widest for an empty name. Throws std::invalid_argument with a sentence
// that names what is available.
const Kernels& level(std::string_view name);

// What a level's operations cost like on this machine: its name, but on processors that take vectors of 512
// bits in two halves (AMD's family 25, Zen 4).
std::string_view costs_like(const Kernels& kernels);

// Of a level's kernels for rows those that take values of type T.
template <class T>
const RowKernels<T>& row_kernels(const Kernels& kernels) {
    if constexpr (std::is_same_v<T, float>)
        return kernels.rows_f32;
    else
        return kernels.rows_f64;
}

}  // namespace globular
