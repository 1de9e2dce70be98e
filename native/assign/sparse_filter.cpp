#include "sparse_filter.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "rounding.hpp"

namespace globular {

template <class T>
SparseFilter<T>::SparseFilter(SparseRows<T> rows, const Range& range, const Kernels& kernels)
    : rows_(rows), kernels_(&kernels) {
    double largest = 0.0;
    for (std::size_t f = 0; f < rows.d; ++f)
        largest = std::max({largest, std::abs(range.lowest[f]), std::abs(range.highest[f])});
    int e = 0;
    std::frexp(largest, &e);
    useless_ = largest > 0.0 && (e < -400 || e > 500);
    constexpr int kFine = 20;
    if (!useless_ && largest > 0.0 && std::abs(e) > kFine) scale_ = std::ldexp(1.0, 1 - e);
    for (std::size_t i = 0; i < rows.n; ++i) {
        double length_sq = 0.0;
        for (std::size_t entry = rows.begin(i); entry < rows.end(i); ++entry) {
            const double y = rows.value(entry) * scale_;
            length_sq += y * y;
        }
        longest_length_ = std::max(longest_length_, std::sqrt(length_sq));
        most_entries_ = std::max(most_entries_, rows.end(i) - rows.begin(i));
    }
}

// A strip of features [first, last) of n centers from `from` on, written to their panel. `added` is what it
// adds to the sums of each of them.
template <class T>
void SparseFilter<T>::pack_strip(const SparseCenters& centers, std::size_t from, std::size_t n,
                                 std::size_t first, std::size_t last, bool before, std::size_t width,
                                 float* panel, SquaresOfStrip* added) const {
    for (std::size_t f = first; f < last && n < width; ++f)
        std::fill_n(panel + f * width + n, width - n, 0.0F);
    double center[kStrip];
    for (std::size_t e = 0; e < n; ++e) {
        centers.unpack(from + e, first, last, center);
        SquaresOfStrip sums;
        for (std::size_t f = first; f < last; ++f) {
            const double c = center[f - first], z = c * scale_;
            const float now = static_cast<float>(z), was = before ? panel[f * width + e] : now;
            const double way = static_cast<double>(now) - static_cast<double>(was);
            panel[f * width + e] = now;
            sums.way += way * way;
            sums.scaled += z * z;
            sums.exact += c * c;
        }
        added[e] = sums;
    }
}

template <class T>
void SparseFilter<T>::pack(const SparseCenters& centers, std::size_t n_threads, SparsePanels& out) const {
    constexpr double kPerCoordinate = 1.3;
    constexpr std::size_t kStripsAtOnce = 8;
    const std::size_t d = rows_.d, k = centers.n(), lanes = kernels_->lanes;
    const std::size_t width = std::min(kernels_->panel_width, (k + lanes - 1) / lanes * lanes);
    const std::size_t n_panels = (k + width - 1) / width, n_strips = chunks_of(d, kStrip);
    const bool before = out.ways.size() == k;
    if (!before) out.panels = Aligned<float>(n_panels * width * (d + 1));
    out.exact = &centers;
    out.lengths_sq.assign(k, 0.0);
    out.ways.assign(k, 0.0);
    std::vector<SquaresOfStrip> squares(n_panels * n_strips * width);
    const std::size_t n_chunks = chunks_of(n_strips, kStripsAtOnce);
    n_threads =
        worthwhile_threads(n_threads, kPerCoordinate * static_cast<double>(k) * static_cast<double>(d));
    for_chunks(n_threads, n_panels * n_chunks, {}, [&](std::size_t c, std::size_t) {
        const std::size_t b = c / n_chunks, begin = c % n_chunks * kStripsAtOnce;
        for (std::size_t s = begin; s < std::min(n_strips, begin + kStripsAtOnce); ++s)
            pack_strip(centers, b * width, std::min(width, k - b * width), s * kStrip,
                       std::min(d, (s + 1) * kStrip), before, width, out.panels.data() + b * width * (d + 1),
                       &squares[(b * n_strips + s) * width]);
    });
    double reach_sq = 0.0;
    for (std::size_t j = 0; j < n_panels * width; ++j) {
        float& length = out.panels.data()[j / width * width * (d + 1) + d * width + j % width];
        SquaresOfStrip sum;
        for (std::size_t s = 0; s < n_strips; ++s)
            sum += squares[(j / width * n_strips + s) * width + j % width];
        const double length_before = before && j < k ? std::sqrt(static_cast<double>(length)) : 0.0;
        length = j < k ? static_cast<float>(sum.scaled) : kNever;
        if (j >= k) continue;
        reach_sq = std::max(reach_sq, sum.scaled);
        out.lengths_sq[j] = sum.exact;
        if (!before) continue;
        // Both copies are off by u of a length; and float32 may have lost them altogether.
        const double lengths = std::sqrt(sum.scaled) + length_before;
        const double way = std::sqrt(sum.way) + kSafety * kU * lengths + kFloor;
        out.ways[j] = way < kFarthest ? way : std::numeric_limits<double>::infinity();
    }
    finish(n_panels, width, reach_sq, out);
}

// What is known once all centers are packed: how far off the kernels' distances can be.
template <class T>
void SparseFilter<T>::finish(std::size_t n_panels, std::size_t width, double reach_sq,
                             SparsePanels& out) const {
    const std::size_t d = rows_.d, k = out.lengths_sq.size();
    out.longest_sq = *std::max_element(out.lengths_sq.begin(), out.lengths_sq.end());
    out.reach = std::sqrt(reach_sq);
    out.useless = useless_ || !(out.reach < kFarthest);

    Pass& pass = out.pass;
    pass.centers = out.panels.data();
    pass.n_blocks = n_panels;
    pass.n_last = k - (n_panels - 1) * width;
    pass.d = d;
    pass.index_bits = static_cast<std::int32_t>(std::bit_width(n_panels * width / kernels_->lanes - 1));
    const double run = static_cast<double>(std::min(most_entries_, kEntriesAtOnce));
    const double runs = static_cast<double>(most_entries_ / kEntriesAtOnce);
    pass.slope = static_cast<float>(kSafety * (std::ldexp(1.0, pass.index_bits - 23) + 8.0 * kU));
    pass.spread = static_cast<float>(kSafety * (run + runs + 9.0) * kU);
    // Values far below the rest may vanish in float32: each by no more than 2^-149 beside 2^21.
    const double floor = kSafety * static_cast<double>(pass.spread) * reach_sq + 0x1p-100;
    pass.floor = out.useless ? std::numeric_limits<float>::infinity() : static_cast<float>(floor);
}

template <class T>
std::int32_t SparseFilter<T>::settle(const SparsePanels& centers, std::size_t row, Scratch& scratch) const {
    const SparseCenters& exact = *centers.exact;
    const std::size_t k = exact.n(), d = rows_.d;
    double length_sq = 0.0;
    for (std::size_t e = rows_.begin(row); e < rows_.end(row); ++e)
        length_sq += rows_.value(e) * rows_.value(e);
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t j = 0; j < k; ++j) {
        double product = 0.0;
        for (std::size_t e = rows_.begin(row); e < rows_.end(row); ++e)
            product += rows_.value(e) * exact.at(j, rows_.feature(e));
        scratch.distance[j] = (length_sq + centers.lengths_sq[j]) - 2.0 * product;
        least = std::min(least, scratch.distance[j]);
    }
    // Sums of up to d terms, twice, and q's own rounding: all in proportion to the lengths.
    const double off = (4.0 * static_cast<double>(d) + 32.0) * 0x1p-53 * (length_sq + centers.longest_sq);
    scratch.candidates.clear();
    for (std::size_t j = 0; j < k; ++j)
        if (!(scratch.distance[j] > least + 2.0 * off))
            scratch.candidates.push_back(static_cast<std::int32_t>(j));
    std::int32_t best = scratch.candidates[0];
    if (scratch.candidates.size() == 1) return best;
    double best_q = std::numeric_limits<double>::infinity();
    for (const std::int32_t j : scratch.candidates) {
        const double v = q_of(exact, row, static_cast<std::size_t>(j));
        if (v < best_q) {
            best_q = v;
            best = j;
        }
    }
    return best;
}

// q of a row to center j. Features that both lack add nothing to it.
template <class T>
double SparseFilter<T>::q_of(const SparseCenters& centers, std::size_t row, std::size_t j) const {
    double s = 0.0;
    const auto add = [&](double x, double c) {
        const double t = x - c;
        s += t * t;
    };
    std::size_t entry = rows_.begin(row);
    const std::size_t end = rows_.end(row);
    centers.for_each(j, [&](std::size_t f, double c) {
        for (; entry < end && rows_.feature(entry) < f; ++entry) add(rows_.value(entry), 0.0);
        const bool stored = entry < end && rows_.feature(entry) == f;
        add(stored ? rows_.value(entry) : 0.0, c);
        entry += static_cast<std::size_t>(stored);
    });
    for (; entry < end; ++entry) add(rows_.value(entry), 0.0);
    return s;
}

template <class T>
std::size_t SparseFilter<T>::label(const SparsePanels& centers, const std::uint32_t* which, std::size_t n,
                                   std::int32_t* labels, float* gaps, Scratch& scratch) const {
    const SparseEntries<T> entries{rows_.values, rows_.features, rows_.starts, scale_};
    if constexpr (sizeof(T) == 4)
        kernels_->sparse_f32(centers.pass, entries, which, n, labels, gaps);
    else
        kernels_->sparse_f64(centers.pass, entries, which, n, labels, gaps);
    std::size_t n_settled = 0;
    for (std::size_t e = 0; e < n; ++e) {
        if (gaps[e] > 0.0F) continue;
        labels[e] = settle(centers, which[e], scratch);
        ++n_settled;
    }
    return n_settled;
}

template class SparseFilter<float>;
template class SparseFilter<double>;

}  // namespace globular
