// Rows along a Hilbert curve: it visits all cells of a fine grid, each next to the one before, so rows that
// follow each other on it are neighbours, and runs of them fill small boxes, dense places or not.
//
// Skilling, "Programming the Hilbert curve" (2004).
#pragma once

#include <cstddef>
#include <cstdint>

#include "../level/kernels.hpp"
#include "../rows.hpp"
#include "../team.hpp"

namespace globular {

// order[p] becomes the row that comes to position p: fewer than 2^32 rows of at most kMaxBoxD features. The
// same for any number of threads. Returns false if interrupted.
template <class T>
bool sort_along_curve(Rows<T> rows, const Kernels& kernels, std::size_t n_threads,
                      const Interrupted& interrupted, std::uint32_t* order);

}  // namespace globular
