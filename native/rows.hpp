// Views of the caller's data: row-major, contiguous, borrowed, never copied here.
#pragma once

#include <cstddef>
#include <cstdint>

namespace globular {

// n points of d features. Row i is data[i * d .. (i + 1) * d).
template <class T>
struct Rows {
    const T* data;
    std::size_t n;
    std::size_t d;

    const T* operator[](std::size_t i) const { return data + i * d; }
};

// Weights of the rows of a Rows; an empty view means that every row weighs 1.
struct Weights {
    const double* data = nullptr;

    explicit operator bool() const { return data != nullptr; }
    double operator[](std::size_t i) const { return data ? data[i] : 1.0; }
};

}  // namespace globular
