#include "frame.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace globular {

Frame::Frame(Range range, const Capacity& capacity, double smallest_weight, double largest_weight)
    : range_(std::move(range)), largest_weight_(largest_weight), capacity_(capacity) {
    const std::size_t d = range_.lowest.size();
    origin_.resize(d);
    std::vector<double> largest(d);
    double depth = 0.0;
    for (std::size_t f = 0; f < d; ++f) {
        const double low = range_.lowest[f], high = range_.highest[f];
        const double middle = 0.5 * low + 0.5 * high, half = 0.5 * high - 0.5 * low;
        int e = 0;
        std::frexp(half > 0.0 ? half : std::abs(middle), &e);
        const double unit = std::ldexp(1.0, e);
        const bool far_from_zero = half > 0.0 && std::abs(middle) > 4.0 * unit;
        origin_[f] = far_from_zero ? std::nearbyint(middle / unit) * unit : 0.0;
        largest[f] = std::max(std::abs(low - origin_[f]), std::abs(high - origin_[f]));
        depth = std::max(depth, range_.depth[f]);
    }
    // Squares lie twice as far apart, but of their sum only the part that matters for costs is wanted.
    capacity_sq_ = capacity_;
    capacity_sq_.reach(2.0 * depth - 24.0, smallest_weight);
    capacity_.reach(depth, smallest_weight);
    pieces_ = capacity_.pieces();
    two_pieces_ = capacity_.whole_weights && pieces_ == 2;
    grids_ = Grids(largest, capacity_);
    // A sum of weights is a sum of n terms, each taken once; as many pieces as all other sums have.
    Capacity terms = capacity_;
    if (!terms.whole_weights) terms.total_weight = static_cast<double>(terms.n_terms);
    weight_grid_ = Grid(largest_weight, terms);
}

Grid Frame::distance_grid(double largest) const {
    constexpr int kRange = 8, kTop = 1020;  // of what a double can hold, with something to spare
    int e = 0;
    std::frexp(largest, &e);
    const int above = e > 0 ? (kRange - e % kRange) % kRange : -e % kRange;
    const bool fits = e + above + capacity_.weight_bits() < kTop;
    return {fits ? std::ldexp(largest, above) : largest, capacity_};
}

template <class T>
void Frame::add_any(const T* x, double w, double sign, double* sums) const {
    const std::size_t d = origin_.size();
    double cut[kMaxPieces];
    for (std::size_t f = 0; f < d; ++f) {
        grids_[f].cut(static_cast<double>(x[f]) - origin_[f], w, cut);
        for (std::size_t p = 0; p < static_cast<std::size_t>(pieces()); ++p) sums[p * d + f] += sign * cut[p];
    }
}

// Running sums of t and t^2 of every feature, `width` side by side (see period_of).
struct Frame::SpreadPart {
    SpreadPart(std::size_t side_by_side, int pieces, int pieces_sq)
        : width(side_by_side),
          t(width * static_cast<std::size_t>(pieces)),
          t_sq(width * static_cast<std::size_t>(pieces_sq)) {}
    std::size_t width;
    PassingVector<double> t, t_sq;
};

namespace {

void add_cut(const Cuts& grid, double v, double w, bool once, double* sums, std::size_t stride) {
    double pieces[kMaxPieces];
    if (once)
        grid.cut(v, pieces);
    else
        grid.cut(v, w, pieces);
    for (int p = 0; p < grid.pieces; ++p) sums[static_cast<std::size_t>(p) * stride] += pieces[p];
}

}  // namespace

Grids Frame::grids_of_squares() const {
    std::vector<double> largest(d());
    for (std::size_t f = 0; f < d(); ++f) {
        const double v =
            std::max(std::abs(range_.lowest[f] - origin_[f]), std::abs(range_.highest[f] - origin_[f]));
        largest[f] = v * v;
    }
    return {largest, capacity_sq_};
}

Spread Frame::joined(const std::vector<SpreadPart>& parts) const {
    const std::size_t d = this->d(), width = parts[0].width;
    Spread out;
    out.sums.resize(d);
    out.sums_sq.resize(d);
    const auto total = [&](PassingVector<double> SpreadPart::* sums, std::size_t f) {
        Double2 sum{};
        for (std::size_t first = f; first < (parts[0].*sums).size(); first += width) {
            double piece = 0.0;  // sums of one piece are exact in any order
            for (const SpreadPart& part : parts)
                for (std::size_t e = first; e < first - f + width; e += d) piece += (part.*sums)[e];
            sum = sum + Double2{piece, 0.0};
        }
        return sum;
    };
    for (std::size_t f = 0; f < d; ++f) {
        out.sums[f] = total(&SpreadPart::t, f);
        out.sums_sq[f] = total(&SpreadPart::t_sq, f);
        out.all_sq = out.all_sq + out.sums_sq[f];
    }
    out.total_weight = capacity_.total_weight;
    return out;
}

template <class T>
Spread Frame::spread(Rows<T> rows, Weights weights, const Kernels& kernels, std::size_t n_threads,
                     const Interrupted& interrupted) const {
    const std::size_t d = this->d(), width = weights ? d : period_of(d);
    const std::size_t repeats = width / d;
    const Grids grids_sq = grids_of_squares();
    std::vector<double> origin(width), magic_t[2], magic_sq[2];
    for (int p = 0; p < 2; ++p)
        for (std::size_t e = 0; e < width; ++e) {
            origin[e] = origin_[e % d];
            magic_t[p].push_back(grids_.magic(p)[e % d]);
            magic_sq[p].push_back(grids_sq.magic(p)[e % d]);
        }
    const std::size_t per_chunk = rows_a_pass(d) / repeats * repeats + repeats;
    n_threads =
        std::max<std::size_t>(worthwhile_threads(n_threads, 0.7 * static_cast<double>(rows.n * d)), 1);
    std::vector<SpreadPart> parts(n_threads, SpreadPart(width, pieces(), capacity_sq_.pieces()));
    const auto row_by_row = [&](std::size_t first, std::size_t last, SpreadPart& part) {
        for (std::size_t i = first; i < last; ++i)
            for (std::size_t f = 0; f < d; ++f) {
                const double t = static_cast<double>(rows[i][f]) - origin_[f];
                add_cut(grids_[f], t, weights[i], !weights, &part.t[f], width);
                const Double2 sq = two_product(t, t);
                add_cut(grids_sq[f], sq.hi, weights[i], !weights, &part.t_sq[f], width);
                if (exact_squares()) add_cut(grids_sq[f], sq.lo, weights[i], !weights, &part.t_sq[f], width);
            }
    };
    const RowGrids grids{origin.data(), magic_t[0].data(), magic_t[1].data(), width};
    const RowGrids squares{nullptr, magic_sq[0].data(), magic_sq[1].data(), width};
    for_chunks(n_threads, chunks_of(rows.n, per_chunk), interrupted, [&](std::size_t c, std::size_t worker) {
        std::size_t i = c * per_chunk;
        const std::size_t last = std::min(rows.n, i + per_chunk);
        if (plain_spread(weights)) {
            const std::size_t periods = (last - i) / repeats;
            row_kernels<T>(kernels).spread(grids, squares, rows[i], periods, parts[worker].t.data(),
                                           parts[worker].t_sq.data());
            i += periods * repeats;
        }
        row_by_row(i, last, parts[worker]);
    });
    return joined(parts);
}

// The grids of one feature, and its sums, in one cache line: a sparse row touches features far apart.
struct alignas(64) Frame::FeatureSpread {
    double origin, magic, magic_sq;
    double t[2] = {}, t_sq[2] = {};

    void add(double x, double step, double step_sq) {
        const double v = x - origin, high = (v + magic) - magic, low_magic = magic * step;
        t[0] += high;
        t[1] += ((v - high) + low_magic) - low_magic;
        const double sq = v * v, high_sq = (sq + magic_sq) - magic_sq, low_magic_sq = magic_sq * step_sq;
        t_sq[0] += high_sq;
        t_sq[1] += ((sq - high_sq) + low_magic_sq) - low_magic_sq;
    }
};

template <class T>
Spread Frame::spread(SparseRows<T> rows, Weights weights, std::size_t n_threads,
                     const Interrupted& interrupted) const {
    const std::size_t width = d(), n_chunks = chunks_of(rows.n, kSparseRowsAPass);
    const Grids grids_sq = grids_of_squares();
    const double step = grids_.step(), step_sq = grids_sq.step();
    const bool is_plain = plain_spread(weights) && step != 0.0 && step_sq != 0.0;
    n_threads = sparse_threads(n_threads, rows, 6.0);
    std::vector<PassingVector<FeatureSpread>> plain_parts(is_plain ? n_threads : 0);
    std::vector<SpreadPart> parts;  // made one by one: a pattern to copy would be one more of them
    parts.reserve(n_threads);
    for (std::size_t t = 0; t < n_threads && !is_plain; ++t)
        parts.emplace_back(width, pieces(), capacity_sq_.pieces());
    const auto begin = [&](PassingVector<FeatureSpread>& part) {
        part.reserve(width);
        for (std::size_t f = 0; f < width; ++f)
            part.push_back({origin_[f], grids_.magic(0)[f], grids_sq.magic(0)[f]});
    };
    const auto add = [&](SpreadPart& part, std::size_t f, double t, double w) {
        add_cut(grids_[f], t, w, !weights, &part.t[f], width);
        const Double2 sq = two_product(t, t);
        add_cut(grids_sq[f], sq.hi, w, !weights, &part.t_sq[f], width);
        if (exact_squares()) add_cut(grids_sq[f], sq.lo, w, !weights, &part.t_sq[f], width);
    };
    for_chunks(n_threads, n_chunks, interrupted, [&](std::size_t c, std::size_t worker) {
        const std::size_t last = std::min(rows.n, (c + 1) * kSparseRowsAPass);
        if (is_plain && plain_parts[worker].empty()) begin(plain_parts[worker]);
        for (std::size_t i = c * kSparseRowsAPass; i < last; ++i)
            for (std::size_t e = rows.begin(i); e < rows.end(i); ++e) {
                const std::size_t f = rows.feature(e);
                if (is_plain) {
                    rows.ask_ahead(e, plain_parts[worker].data());
                    plain_parts[worker][f].add(rows.value(e), step, step_sq);
                } else {
                    add(parts[worker], f, rows.value(e) - origin_[f], weights[i]);
                }
            }
    });
    return is_plain ? joined(plain_parts) : joined(parts);
}

Spread Frame::joined(const std::vector<PassingVector<FeatureSpread>>& parts) const {
    Spread out;
    out.total_weight = capacity_.total_weight;
    out.sums.resize(d());
    out.sums_sq.resize(d());
    for (std::size_t f = 0; f < d(); ++f) {
        double t[2] = {}, t_sq[2] = {};  // sums of one piece are exact in any order
        for (const PassingVector<FeatureSpread>& part : parts)
            for (std::size_t p = 0; p < 2 && !part.empty(); ++p) {  // some may have had nothing to do
                t[p] += part[f].t[p];
                t_sq[p] += part[f].t_sq[p];
            }
        out.sums[f] = Double2{t[0], 0.0} + Double2{t[1], 0.0};
        out.sums_sq[f] = Double2{t_sq[0], 0.0} + Double2{t_sq[1], 0.0};
        out.all_sq = out.all_sq + out.sums_sq[f];
    }
    return out;
}

void variances(const Spread& spread, double* out) {
    const double w = spread.total_weight;
    for (std::size_t f = 0; f < spread.sums.size(); ++f) {
        const Double2 explained = spread.sums[f] * (-spread.sums[f]) / w;
        out[f] = std::max((spread.sums_sq[f] + explained).hi / w, 0.0);
    }
}

ClusterSums::ClusterSums(std::size_t n_clusters, const Frame& frame)
    : k(n_clusters), d(frame.d()), pieces(frame.pieces()) {
    const auto p = static_cast<std::size_t>(pieces);
    weight.assign(k * p, 0.0);
    sums.assign(k * p * d, 0.0);
}

void ClusterSums::clear() {
    std::fill(weight.begin(), weight.end(), 0.0);
    std::fill(sums.begin(), sums.end(), 0.0);
}

void ClusterSums::add(std::size_t j, const ClusterSums& other, std::size_t from, double sign) {
    const auto p = static_cast<std::size_t>(pieces);
    for (std::size_t e = 0; e < p; ++e) weight[j * p + e] += sign * other.weight[from * p + e];
    for (std::size_t e = 0; e < p * d; ++e) sums[j * p * d + e] += sign * other.sums[from * p * d + e];
}

void ClusterSums::take(std::size_t j, ClusterSums& other) {
    const auto p = static_cast<std::size_t>(pieces);
    add(j, other, j, 1.0);
    std::fill_n(&other.weight[j * p], p, 0.0);
    std::fill_n(&other.sums[j * p * d], p * d, 0.0);
}

void ClusterSums::take(std::size_t j, double* few) {
    const std::size_t width = kFewWidth[d];
    double* own = few + j * 2 * width;
    for (std::size_t p = 0; p < 2; ++p) {
        double* to = sums.data() + (2 * j + p) * d;
        for (std::size_t f = 0; f < d; ++f) to[f] += own[p * width + f];
    }
    weight[2 * j] += own[d];
    std::fill_n(own, 2 * width, 0.0);
}

SparseSums::SparseSums(const Frame& frame) : step_(frame.grids_.step()) {
    features_.reserve(frame.d());
    for (std::size_t f = 0; f < frame.d(); ++f)
        features_.push_back({frame.origin_[f], frame.grids_.magic(0)[f], 0.0, 0.0});
}

void SparseSums::give(ClusterSums& sums) {
    const std::size_t d = features_.size();
    for (std::size_t f = 0; f < d; ++f) {
        sums.sums[f] = std::exchange(features_[f].high, 0.0);
        sums.sums[d + f] = std::exchange(features_[f].low, 0.0);
    }
    sums.weight[0] = std::exchange(weight_, 0.0);
    sums.weight[1] = 0.0;
}

Excess learn(const Frame& frame, const Kernels& kernels, const double* weight, const double* sums,
             const double* center, double* mean) {
    Excess excess;
    Double2 w{};
    for (int p = 0; p < frame.pieces(); ++p) w = w + Double2{weight[p], 0.0};
    if (w.hi > 0.0)
        kernels.learn({w.hi, sums, frame.origin().data(), center, frame.d(), frame.pieces()}, mean, excess);
    else
        std::copy_n(center, frame.d(), mean);
    return excess;
}

double cost_of(const Spread& spread, const std::vector<Excess>& excess) {
    Double2 sum = spread.all_sq;
    for (const Excess& cluster : excess)
        for (std::size_t e = 0; e < kTerms; ++e) sum = sum + Double2{cluster.hi[e], cluster.lo[e]};
    return std::max(sum.hi, 0.0);
}

#define GLOBULAR_INSTANTIATE(T)                                                                             \
    template void Frame::add_any(const T*, double, double, double*) const;                                  \
    template Spread Frame::spread(Rows<T>, Weights, const Kernels&, std::size_t, const Interrupted&) const; \
    template Spread Frame::spread(SparseRows<T>, Weights, std::size_t, const Interrupted&) const;
GLOBULAR_INSTANTIATE(float)
GLOBULAR_INSTANTIATE(double)

}  // namespace globular
