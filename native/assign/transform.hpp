// Distances of every row to every center: the one place where an n x k matrix is wanted.
#pragma once

#include "../rows.hpp"
#include "../team.hpp"

namespace globular {

// out[i * k + j] = sqrt(q(row i, center j)), rounded once to T. Returns false if interrupted.
template <class T>
bool transform(Rows<T> rows, Rows<double> centers, std::size_t n_threads, const Interrupted& interrupted,
               T* out);

}  // namespace globular
