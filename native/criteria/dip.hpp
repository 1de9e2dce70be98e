// Hartigan's dip: how far a sample is from having one mode.
//
// The largest distance between the distribution of a sample and the nearest distribution that rises to one
// mode and falls from there, found by narrowing the interval in which that mode must lie between the greatest
// convex minorant and the least concave majorant. Hartigan & Hartigan, "The dip test of unimodality" (1985).
#pragma once

#include <cstddef>

namespace globular {

// The dip of n values, ascending, each with a weight above zero. Between 1 / (2 n) and 1/4 where all weigh
// the same. A value that weighs more than the least, or comes more than once, may count as too far from the
// mode, by half of what it weighs at most: as in the published algorithm, which knows no weights. O(n) a
// round, of which there are few; at most n.
double dip(const double* values, const double* weights, std::size_t n);

}  // namespace globular
