// Equal rows, found: a fit of the distinct ones, each of the weight of all that equal it, is the same fit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "rows.hpp"
#include "team.hpp"

namespace globular {

// One row for each distinct one, in an order that does not depend on threads; place[i], one for each row,
// says where row i is among them. None if the rows' hashes are made to be alike. O(n d) time, about 30 bytes
// a row. At most 2^31 - 1 rows. `complete` is false if interrupted.
struct DistinctRows {
    std::vector<std::int64_t> rows;
    bool complete = true;
};
template <class T>
DistinctRows distinct_rows(Rows<T> rows, std::size_t n_threads, const Interrupted& interrupted,
                           std::int32_t* place);

// About how many distinct rows there are, n at most, judged by a sample of a few thousand: Chao's estimate of
// species from how many were seen once and twice (1984). It holds for values that are equally frequent, and
// is too low for others.
template <class T>
double about_how_many_distinct(Rows<T> rows);

}  // namespace globular
