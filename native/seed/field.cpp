#include "field.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace globular {

namespace {

// q of two sparse rows: where both are zero it adds a zero, so the features that either has will do.
template <class T>
double between(SparseRows<T> rows, std::size_t i, std::size_t other) {
    std::size_t a = rows.begin(i), b = rows.begin(other);
    const std::size_t a_end = rows.end(i), b_end = rows.end(other);
    double sum = 0.0;
    while (a < a_end && b < b_end) {  // without a jump: which of them comes next nobody can guess
        const std::size_t fa = rows.feature(a), fb = rows.feature(b);
        const bool from_a = fa <= fb, from_b = fb <= fa;
        const double t =
            rows.value(a) * static_cast<double>(from_a) - rows.value(b) * static_cast<double>(from_b);
        sum += t * t;
        a += from_a;
        b += from_b;
    }
    for (; a < a_end; ++a) sum += rows.value(a) * rows.value(a);
    for (; b < b_end; ++b) sum += rows.value(b) * rows.value(b);
    return sum;
}

}  // namespace

template <class T>
void distances_to_row(SparseRows<T> rows, std::size_t row, double* out) {
    for (std::size_t i = 0; i < rows.n; ++i) out[i] = between(rows, i, row);
}

namespace {

template <class T>
double n_values(Rows<T> rows) {
    return static_cast<double>(rows.n) * static_cast<double>(rows.d);
}
template <class T>
double n_values(SparseRows<T> rows) {
    return 4.0 * static_cast<double>(rows.starts[rows.n]);  // taken one by one
}

constexpr std::size_t kBlock = 256;

// Distances of a block of rows to one row after the other. Where that is surely more than `nearest` of the
// row, infinity will do.
template <class R>
class Block;

// Feature by feature, from columns: the same operations in the same order for every row.
template <class T>
class Block<Rows<T>> {
 public:
    explicit Block(Rows<T> rows) : rows_(rows), columns_(rows.d * kBlock) {}

    void load(std::size_t first, std::size_t n) {
        n_ = n;
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t f = 0; f < rows_.d; ++f)
                columns_[f * kBlock + i] = static_cast<double>(rows_[first + i][f]);
    }
    void distances_to(std::size_t row, const double*, double* out) const {
        std::fill_n(out, n_, 0.0);
        for (std::size_t f = 0; f < rows_.d; ++f) {
            const double c = static_cast<double>(rows_[row][f]);
            const double* column = columns_.data() + f * kBlock;
            for (std::size_t i = 0; i < n_; ++i) {
                const double t = column[i] - c;
                out[i] += t * t;
            }
        }
    }

 private:
    Rows<T> rows_;
    std::vector<double> columns_;
    std::size_t n_ = 0;
};

// A scalar product tells most rows that are no nearer to it than to an earlier one.
template <class T>
class Block<SparseRows<T>> {
 public:
    explicit Block(SparseRows<T> rows) : rows_(rows), unpacked_(rows.d) {}

    void load(std::size_t first, std::size_t n) {
        first_ = first;
        n_ = n;
    }
    void distances_to(std::size_t row, const double* nearest, double* out) {
        double row_sq = 0.0;
        for (std::size_t e = rows_.begin(row); e < rows_.end(row); ++e) {
            const double c = rows_.value(e);
            unpacked_[rows_.feature(e)] = 2.0 * c;
            row_sq += c * c;
        }
        for (std::size_t e = 0; e < n_; ++e)
            out[e] = surely_beyond(first_ + e, row, row_sq, nearest[e])
                         ? std::numeric_limits<double>::infinity()
                         : between(rows_, first_ + e, row);
        for (std::size_t e = rows_.begin(row); e < rows_.end(row); ++e) unpacked_[rows_.feature(e)] = 0.0;
    }

 private:
    SparseRows<T> rows_;
    std::vector<double> unpacked_;  // twice the row in question; zero between calls
    std::size_t first_ = 0, n_ = 0;

    // Whether q of row i to the row in question exceeds `limit`, whatever was rounded.
    bool surely_beyond(std::size_t i, std::size_t row, double row_sq, double limit) const {
        if (limit == std::numeric_limits<double>::infinity()) return false;
        double product = 0.0, length_sq = 0.0;
        for (std::size_t e = rows_.begin(i); e < rows_.end(i); ++e) {
            const double v = rows_.value(e);
            product += v * unpacked_[rows_.feature(e)];
            length_sq += v * v;
        }
        const std::size_t n_terms = rows_.end(i) - rows_.begin(i) + rows_.end(row) - rows_.begin(row);
        const double off = (static_cast<double>(n_terms) + 8.0) * 0x1p-50 * (length_sq + row_sq) + 0x1p-1000;
        return (length_sq + row_sq) - product > limit + off;
    }
};

}  // namespace

template <class R>
std::size_t Field<R>::n_blocks() const {
    return (rows_.n + kBlock - 1) / kBlock;
}

template <class R>
Field<R>::Field(R rows, Weights weights, const Frame& frame, std::size_t n_threads)
    : rows_(rows),
      weights_(weights),
      frame_(&frame),
      n_threads_(n_threads),
      order_(rows, frame.origin(), n_threads),
      nearest_(rows.n, std::numeric_limits<double>::infinity()),
      sums_(order_.n_buckets(), static_cast<std::size_t>(frame.pieces())) {
    sum_up();
}

// The sums of all buckets, afresh.
template <class R>
void Field<R>::sum_up() {
    const std::size_t n_threads =
        std::max<std::size_t>(worthwhile_threads(n_threads_, 4.0 * static_cast<double>(rows_.n)), 1);
    std::fill(sums_.piece.begin(), sums_.piece.end(), 0.0);
    std::vector<Sums> parts(n_threads, sums_);
    for_chunks(n_threads, n_blocks(), {}, [&](std::size_t b, std::size_t t) {
        for (std::size_t i = b * kBlock; i < std::min(rows_.n, (b + 1) * kBlock); ++i) {
            double cut_row[kMaxPieces];
            cut(i, cut_row);
            parts[t].add(order_.bucket_of(i), cut_row);
        }
    });
    for (const Sums& part : parts) sums_.add(part, 1.0);
}

template <class R>
void Field<R>::cut_product(double distance, std::size_t row, double* out) const {
    if (weights_)
        grid_.cut(distance, weights_[row], out);
    else
        grid_.cut(distance, out);
}

template <class R>
void Field<R>::cut(std::size_t row, double* out) const {
    if (by_weight_)
        frame_->weight_grid().cut(weights_[row], out);
    else
        cut_product(nearest_[row], row, out);
}

namespace {

// A running sum in pieces, and its value, rounded once.
class Running {
 public:
    explicit Running(std::size_t pieces) : pieces_(pieces) {}
    void add(const double* cut) {
        for (std::size_t p = 0; p < pieces_; ++p) piece_[p] += cut[p];
    }
    double value() const {
        Double2 s{};
        for (std::size_t p = 0; p < pieces_; ++p) s = s + Double2{piece_[p], 0.0};
        return s.hi;
    }

 private:
    std::size_t pieces_;
    double piece_[kMaxPieces] = {};
};

}  // namespace

template <class R>
void Field<R>::draw(const double* u, std::size_t count, std::int64_t* rows) {
    const std::size_t n_buckets = order_.n_buckets(), pieces = sums_.pieces;
    const auto of_bucket = [&](std::size_t b) { return &sums_.piece[b * pieces]; };
    std::vector<double> before(n_buckets + 1);  // exact prefix sums, each rounded once
    Running running(pieces);
    for (std::size_t b = 0; b < n_buckets; ++b) {
        running.add(of_bucket(b));
        before[b + 1] = running.value();
    }
    for (std::size_t c = 0; c < count; ++c) {
        // Below the total even where the product rounds up to it, so that a row is always found.
        const double target = std::min(u[c] * before.back(), std::nextafter(before.back(), 0.0));
        const auto above = std::upper_bound(before.begin() + 1, before.end(), target);
        const auto b = static_cast<std::size_t>(above - before.begin() - 1);
        Running sum(pieces);
        for (std::size_t e = 0; e < b; ++e) sum.add(of_bucket(e));
        for (const std::uint32_t row : order_.bucket(b)) {
            double cut_row[kMaxPieces];
            cut(row, cut_row);
            sum.add(cut_row);
            rows[c] = row;
            if (sum.value() > target) break;
        }
    }
}

template <class R>
void Field<R>::potentials(const std::int64_t* rows, std::size_t count, double* out) const {
    const double ns = static_cast<double>(count) * (2.0 * static_cast<double>(rows_.n) + n_values(rows_));
    const std::size_t n_threads = worthwhile_threads(n_threads_, ns);
    struct Worker {
        Block<R> block;
        std::vector<double> distance;
        Change change;  // by candidate
    };
    const Sums none(count, sums_.pieces);
    std::vector<Worker> workers(n_threads, {Block<R>(rows_), std::vector<double>(kBlock), {none, none}});
    for_chunks(n_threads, n_blocks(), {}, [&](std::size_t b, std::size_t t) {
        Worker& w = workers[t];
        const std::size_t first = b * kBlock, here = std::min(rows_.n - first, kBlock);
        w.block.load(first, here);
        for (std::size_t c = 0; c < count; ++c) {
            w.block.distances_to(static_cast<std::size_t>(rows[c]), &nearest_[first], w.distance.data());
            for (std::size_t i = 0; i < here; ++i) {
                const double nearest = nearest_[first + i];
                if (!(w.distance[i] < nearest)) continue;
                double cut_row[kMaxPieces];
                cut_product(nearest, first + i, cut_row);
                w.change.had.add(c, cut_row);
                cut_product(w.distance[i], first + i, cut_row);
                w.change.has.add(c, cut_row);
            }
        }
    });
    Sums total(1, sums_.pieces);
    for (std::size_t b = 0; !by_weight_ && b < order_.n_buckets(); ++b)
        total.add(0, &sums_.piece[b * sums_.pieces]);
    for (std::size_t c = 0; c < count; ++c) {
        Sums left = total;
        const auto change = [&](Sums Change::* sums, double sign) {
            for (const Worker& w : workers)
                for (std::size_t p = 0; p < left.pieces; ++p)
                    left.piece[p] += sign * (w.change.*sums).piece[c * left.pieces + p];
        };
        change(&Change::had, -1.0);
        change(&Change::has, 1.0);
        Running sum(left.pieces);
        sum.add(left.piece.data());
        out[c] = sum.value();
    }
}

template <class R>
void Field<R>::add(std::size_t row) {
    const bool no_grid = by_weight_;  // sums of weights so far: there is no grid of distances yet
    by_weight_ = false;
    const double ns = 4.0 * static_cast<double>(rows_.n) + n_values(rows_);
    const std::size_t n_threads = worthwhile_threads(n_threads_, ns);
    struct Worker {
        Block<R> block;
        std::vector<double> distance;
        Change change;  // by bucket
        double largest = 0.0;
    };
    const Sums none(no_grid ? 0 : order_.n_buckets(), sums_.pieces);
    std::vector<Worker> workers(n_threads, {Block<R>(rows_), std::vector<double>(kBlock), {none, none}});
    for_chunks(n_threads, n_blocks(), {}, [&](std::size_t b, std::size_t t) {
        Worker& w = workers[t];
        const std::size_t first = b * kBlock, here = std::min(rows_.n - first, kBlock);
        w.block.load(first, here);
        w.block.distances_to(row, &nearest_[first], w.distance.data());
        for (std::size_t i = 0; i < here; ++i) {
            double& nearest = nearest_[first + i];
            if (w.distance[i] < nearest) {
                if (!no_grid) {
                    double cut_row[kMaxPieces];
                    const std::size_t bucket = order_.bucket_of(first + i);
                    cut_product(nearest, first + i, cut_row);
                    w.change.had.add(bucket, cut_row);
                    cut_product(w.distance[i], first + i, cut_row);
                    w.change.has.add(bucket, cut_row);
                }
                nearest = w.distance[i];
            }
            w.largest = std::max(w.largest, nearest);
        }
    });
    double largest = 0.0;
    for (const Worker& w : workers) largest = std::max(largest, w.largest);
    // As distances shrink the grid gets finer, or what an outlier dwarfs would never be drawn.
    const Grid grid = frame_->distance_grid(largest);
    if (no_grid || grid.magic(0) != grid_.magic(0)) {
        grid_ = grid;
        sum_up();
    } else {
        for (const Worker& w : workers) sums_.add(w.change.had, -1.0);
        for (const Worker& w : workers) sums_.add(w.change.has, 1.0);
    }
    // Every point is a center already: what is left to draw by is the weight.
    if (std::all_of(sums_.piece.begin(), sums_.piece.end(), [](double piece) { return piece == 0.0; })) {
        by_weight_ = true;
        sum_up();
    }
}

template class Field<Rows<float>>;
template class Field<Rows<double>>;
template class Field<SparseRows<float>>;
template class Field<SparseRows<double>>;
template void distances_to_row(SparseRows<float>, std::size_t, double*);
template void distances_to_row(SparseRows<double>, std::size_t, double*);

}  // namespace globular
