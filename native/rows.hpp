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

// n points of d features of which most are zero, compressed by rows (CSR): the entries of row i are
// [starts[i], starts[i + 1]), their features ascending, each at most once. A zero may be stored, too.
template <class T>
struct SparseRows {
    const T* values;
    const std::int32_t* features;
    const std::int64_t* starts;
    std::size_t n;
    std::size_t d;

    std::size_t begin(std::size_t i) const { return static_cast<std::size_t>(starts[i]); }
    std::size_t end(std::size_t i) const { return static_cast<std::size_t>(starts[i + 1]); }
    std::size_t feature(std::size_t entry) const { return static_cast<std::size_t>(features[entry]); }
    double value(std::size_t entry) const { return static_cast<double>(values[entry]); }
    // Asks for an entry that will be wanted soon, and what follows it.
    void ask_for(std::size_t entry) const {
        __builtin_prefetch(values + entry);
        __builtin_prefetch(features + entry);
    }
    // Asks for what `of_features` keeps of the feature of an entry some way ahead, maybe of a later row: what
    // rows touch lies too far apart for the machine to guess.
    template <class OfFeature>
    void ask_ahead(std::size_t entry, const OfFeature* of_features) const {
        constexpr std::size_t kAhead = 24;
        const auto n_entries = static_cast<std::size_t>(starts[n]);
        if (entry + kAhead < n_entries) __builtin_prefetch(of_features + feature(entry + kAhead), 1);
    }
};

// Weights of the rows of a Rows; an empty view means that every row weighs 1.
struct Weights {
    const double* data = nullptr;

    explicit operator bool() const { return data != nullptr; }
    double operator[](std::size_t i) const { return data ? data[i] : 1.0; }
};

}  // namespace globular
