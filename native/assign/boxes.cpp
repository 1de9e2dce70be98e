#include "boxes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace globular {

namespace {

constexpr std::size_t kParts = 16;  // rows are counted in this many parts, whatever the threads

// Cells of equal size over the range of a few rows; what lies outside counts to the outermost.
template <class T, std::size_t D>
class Cells {
 public:
    explicit Cells(Rows<T> rows) {
        constexpr std::size_t kRowsPerCell = 64, kMostCells = 4096;
        const double wanted = static_cast<double>(std::min(rows.n / kRowsPerCell, kMostCells));
        per_axis_ = std::max<std::size_t>(
            1, static_cast<std::size_t>(std::pow(wanted, 1.0 / static_cast<double>(D)) + 1e-9));
        const std::size_t sample = std::min<std::size_t>(rows.n, 1024);
        for (std::size_t f = 0; f < D; ++f) {
            double low = std::numeric_limits<double>::infinity(), high = -low;
            for (std::size_t s = 0; s < sample; ++s) {
                const double v = static_cast<double>(rows[s * rows.n / sample][f]);
                low = std::min(low, v);
                high = std::max(high, v);
            }
            low_[f] = low;
            const double per_unit = static_cast<double>(per_axis_) / (high - low);
            per_unit_[f] = std::isfinite(per_unit) ? per_unit : 0.0;
        }
    }

    std::size_t count() const {
        std::size_t cells = 1;
        for (std::size_t f = 0; f < D; ++f) cells *= per_axis_;
        return cells;
    }

    // Boustrophedon numbering: every second line runs backwards, so that cells whose numbers follow
    // each other touch.
    std::size_t of(const T* x) const {
        const double last = static_cast<double>(per_axis_ - 1);
        std::size_t cell = 0;
        for (std::size_t f = 0; f < D; ++f) {
            const double at = (static_cast<double>(x[f]) - low_[f]) * per_unit_[f];
            const auto c = static_cast<std::size_t>(std::min(std::max(at, 0.0), last));
            cell = cell * per_axis_ + (cell & 1 ? per_axis_ - 1 - c : c);
        }
        return cell;
    }

 private:
    std::size_t per_axis_ = 1;
    double low_[D] = {}, per_unit_[D] = {};
};

}  // namespace

namespace {

template <class T, std::size_t D>
bool sort_by_cell(Rows<T> rows, std::size_t n_threads, const Interrupted& interrupted, std::int32_t* cell,
                  std::uint32_t* order) {
    const Cells<T, D> cells(rows);
    const std::size_t n = rows.n, n_cells = cells.count();
    std::vector<std::uint32_t> next(kParts * n_cells);  // [part][cell]: rows there, then their place
    const auto part_begin = [n](std::size_t p) { return p * n / kParts; };
    const bool done = for_chunks(n_threads, kParts, interrupted, [&](std::size_t p, std::size_t) {
        for (std::size_t i = part_begin(p); i < part_begin(p + 1); ++i) {
            const std::size_t c = cells.of(rows.data + i * D);
            cell[i] = static_cast<std::int32_t>(c);
            ++next[p * n_cells + c];
        }
    });
    std::uint32_t place = 0;
    for (std::size_t c = 0; c < n_cells; ++c)
        for (std::size_t p = 0; p < kParts; ++p) {
            const std::uint32_t count = next[p * n_cells + c];
            next[p * n_cells + c] = place;
            place += count;
        }
    return done && for_chunks(n_threads, kParts, interrupted, [&](std::size_t p, std::size_t) {
               for (std::size_t i = part_begin(p); i < part_begin(p + 1); ++i)
                   order[next[p * n_cells + static_cast<std::size_t>(cell[i])]++] =
                       static_cast<std::uint32_t>(i);
           });
}

}  // namespace

template <class T>
bool sort_in_space(Rows<T> rows, std::size_t n_threads, const Interrupted& interrupted, std::int32_t* scratch,
                   std::uint32_t* order) {
    n_threads = worthwhile_threads(n_threads, 6.0 * static_cast<double>(rows.n));
    switch (rows.d) {
        case 1:
            return sort_by_cell<T, 1>(rows, n_threads, interrupted, scratch, order);
        case 2:
            return sort_by_cell<T, 2>(rows, n_threads, interrupted, scratch, order);
        case 3:
            return sort_by_cell<T, 3>(rows, n_threads, interrupted, scratch, order);
        default:
            return sort_by_cell<T, 4>(rows, n_threads, interrupted, scratch, order);
    }
}

template bool sort_in_space(Rows<float>, std::size_t, const Interrupted&, std::int32_t*, std::uint32_t*);
template bool sort_in_space(Rows<double>, std::size_t, const Interrupted&, std::int32_t*, std::uint32_t*);

namespace {

Box box_between(const float* low, const float* high, std::size_t d) {
    Box box{};
    for (std::size_t f = 0; f < d; ++f) {
        const float m = 0.5F * low[f] + 0.5F * high[f];
        box.middle[f] = m;
        box.half[f] = std::max(high[f] - m, m - low[f]) * (1.0F + 0x1p-22F);
        box.half_sq += box.half[f] * box.half[f];
    }
    return box;
}

}  // namespace

Box box_of(const float* points, std::size_t d, std::size_t n) {
    float low[kMaxDirectD], high[kMaxDirectD];
    for (std::size_t f = 0; f < d; ++f) {
        const float* y = points + f * kGroup;
        low[f] = *std::min_element(y, y + n);
        high[f] = *std::max_element(y, y + n);
    }
    return box_between(low, high, d);
}

Box box_of(const Box* boxes, std::size_t d, std::size_t n) {
    float low[kMaxDirectD], high[kMaxDirectD];
    for (std::size_t f = 0; f < d; ++f) {
        low[f] = std::numeric_limits<float>::infinity();
        high[f] = -low[f];
        for (std::size_t b = 0; b < n; ++b) {
            low[f] = std::min(low[f], boxes[b].middle[f] - boxes[b].half[f]);
            high[f] = std::max(high[f], boxes[b].middle[f] + boxes[b].half[f]);
        }
    }
    return box_between(low, high, d);
}

void Choice::resize(std::size_t k, std::size_t d) {
    capacity = (k + kMostLanes - 1) / kMostLanes * kMostLanes;
    z.resize(capacity * d);
    index.resize(capacity);
    to_middle.resize(capacity);
    places.resize(capacity);
}

void Choice::fill_up(std::size_t d) {
    const std::size_t end = std::min((count + kMostLanes - 1) / kMostLanes * kMostLanes, capacity);
    for (std::size_t f = 0; f < d; ++f)
        for (std::size_t j = count; j < end; ++j) z[f * capacity + j] = kNowhere;
}

// The margin, with u = 2^-24 and r^2 = |z - m|^2 + |w|^2, the larger of the two centers' (that of the
// one to be dropped). In float32 the distances to the middle are off by (d + 3) u r^2 each, the sum
// over the corner by as much again: A r^2 with A = (4 d + 24) u. The packed coordinates are off by
// a = u (2 sqrt(d) + reach), which moves a squared distance by 2 sqrt(2) a r: B r with B = 6 a, both
// centers counted. The floor covers a^2 and underflow. r itself is replaced by (r^2 / t + t) / 2,
// which is never less, with the nearest center's r for t.
Slack::Slack(std::size_t d, double reach) {
    constexpr double kU = 0x1p-24;
    const double width = static_cast<double>(d);
    relative = static_cast<float>((4.0 * width + 24.0) * kU * 1.02);
    root = static_cast<float>(6.0 * kU * (2.0 * std::sqrt(width) + reach) * 1.02);
}

Pruned prune(const Kernels& kernels, const Choice& from, const Box& box, std::size_t d, const Slack& slack,
             bool coordinates, Choice& kept) {
    const std::size_t count = (from.count + kernels.lanes - 1) / kernels.lanes * kernels.lanes;
    const BoxQuery query{from.z.data(), from.capacity, count,          box.middle,
                         box.half,      box.half_sq,   slack.relative, slack.root};
    const BoxAnswer answer = kernels.prune[d - 1](query, kept.to_middle.data(), kept.places.data());
    kept.count = answer.n_kept;
    while (static_cast<std::size_t>(kept.places[kept.count - 1]) >= from.count) --kept.count;  // fillers
    for (std::size_t e = 0; e < kept.count; ++e) {
        const auto j = static_cast<std::size_t>(kept.places[e]);
        kept.index[e] = from.index[j];
        for (std::size_t f = 0; coordinates && f < d; ++f)
            kept.z[f * kept.capacity + e] = from.z[f * from.capacity + j];
    }
    if (coordinates) kept.fill_up(d);
    // Triangle inequality from the middle; roots and coordinates are off by less than the slack.
    const float across = std::sqrt(box.half_sq), far = std::sqrt(answer.nearest_dropped);
    const float near = std::sqrt(answer.least);
    return {(far - across) - slack.relative * (far + across) - slack.root,
            (near + across) + slack.relative * (near + across) + slack.root};
}

}  // namespace globular
