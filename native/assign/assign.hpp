// Labels without a session: rows are packed a chunk at a time and forgotten.
#pragma once

#include <cstdint>

#include "../level/kernels.hpp"
#include "../rows.hpp"
#include "../team.hpp"
#include "filter.hpp"

namespace globular {

// The nearest center of every row, as a session would label it. Returns false if interrupted.
template <class T>
bool assign(Rows<T> rows, const Range& range, Rows<double> centers, const Kernels& kernels,
            std::size_t n_threads, const Interrupted& interrupted, std::int32_t* labels);

}  // namespace globular
