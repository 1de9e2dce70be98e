#include "dip.hpp"

#include <algorithm>
#include <vector>

namespace globular {

namespace {

// Distinct values, with the share of the sample that lies below each, and up to it.
struct Steps {
    std::vector<double> x, below, upto;
};

Steps steps_of(const double* values, const double* weights, std::size_t n) {
    Steps s;
    double total = 0.0, running = 0.0;
    for (std::size_t i = 0; i < n; ++i) total += weights[i];
    for (std::size_t i = 0; i < n; ++i) {
        if (i == 0 || values[i] != values[i - 1]) {
            s.x.push_back(values[i]);
            s.below.push_back(running / total);
            s.upto.push_back(0.0);
        }
        running += weights[i];
        s.upto.back() = running / total;
    }
    return s;
}

// Corners of the greatest convex minorant (sign 1) or least concave majorant (sign -1) of the points from
// `low` to `high`, ascending.
void hull(const std::vector<double>& x, const std::vector<double>& y, std::size_t low, std::size_t high,
          double sign, std::vector<std::size_t>& out) {
    out.clear();
    for (std::size_t i = low; i <= high; ++i) {
        while (out.size() >= 2) {
            const std::size_t b = out.back(), a = out[out.size() - 2];
            if (sign * ((y[b] - y[a]) * (x[i] - x[b]) - (y[i] - y[b]) * (x[b] - x[a])) < 0.0) break;
            out.pop_back();
        }
        out.push_back(i);
    }
}

double on_line(const std::vector<double>& x, const std::vector<double>& y, std::size_t a, std::size_t b,
               std::size_t i) {
    return a == b ? y[a] : y[a] + (y[b] - y[a]) * ((x[i] - x[a]) / (x[b] - x[a]));
}

// The farthest that the steps are from a hull's line over the corners [first, last].
double beyond(const Steps& s, const std::vector<std::size_t>& corners, std::size_t first, std::size_t last,
              bool convex) {
    double most = 0.0;
    for (std::size_t c = first; c < last; ++c)
        for (std::size_t i = corners[c]; i <= corners[c + 1]; ++i) {
            const double away = convex ? s.upto[i] - on_line(s.x, s.below, corners[c], corners[c + 1], i)
                                       : on_line(s.x, s.upto, corners[c], corners[c + 1], i) - s.below[i];
            most = std::max(most, away);
        }
    return most;
}

}  // namespace

double dip(const double* values, const double* weights, std::size_t n) {
    if (n == 0) return 0.0;
    const Steps s = steps_of(values, weights, n);
    double twice = 1.0;
    for (std::size_t i = 0; i < s.x.size(); ++i) twice = std::min(twice, s.upto[i] - s.below[i]);
    std::size_t low = 0, high = s.x.size() - 1;
    std::vector<std::size_t> convex, concave;
    while (low < high) {
        hull(s.x, s.below, low, high, 1.0, convex);
        hull(s.x, s.upto, low, high, -1.0, concave);
        // Where the two hulls are farthest apart, at a corner of the one or of the other: the mode lies
        // between that corner and the next one of the other hull.
        double apart = 0.0;
        std::size_t to_low = 0, to_high = concave.size() - 1;  // places among the corners
        for (std::size_t a = 0, b = 0; a < convex.size(); ++a) {
            while (concave[b] < convex[a]) ++b;
            const double here = on_line(s.x, s.upto, concave[b == 0 ? 0 : b - 1], concave[b], convex[a]);
            if (here - s.below[convex[a]] > apart) {
                apart = here - s.below[convex[a]];
                to_low = a;
                to_high = b;
            }
        }
        for (std::size_t a = 0, b = 0; b < concave.size(); ++b) {
            while (a + 1 < convex.size() && convex[a + 1] <= concave[b]) ++a;
            const std::size_t next = std::min(a + 1, convex.size() - 1);
            const double here = on_line(s.x, s.below, convex[a], convex[next], concave[b]);
            if (s.upto[concave[b]] - here > apart) {
                apart = s.upto[concave[b]] - here;
                to_low = a;
                to_high = b;
            }
        }
        if (apart <= twice) break;
        twice = std::max(twice, beyond(s, convex, 0, to_low, true));
        twice = std::max(twice, beyond(s, concave, to_high, concave.size() - 1, false));
        if (convex[to_low] == low && concave[to_high] == high) break;
        low = convex[to_low];
        high = concave[to_high];
    }
    return 0.5 * twice;
}

}  // namespace globular
