#include "field.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace globular {

template <class T>
void distances_to_row(SparseRows<T> rows, std::size_t row, double* out) {
    for (std::size_t i = 0; i < rows.n; ++i) out[i] = between(rows, i, row);
}

namespace {

template <class T>
Aligned<float> copies_of(Rows<T> rows, const Screening& screening, const Layout& layout,
                         std::size_t n_threads) {
    if (!kept_in_copy(rows)) return {};
    const std::size_t n_blocks = chunks_of(rows.n, kBlock);
    Aligned<float> out(n_blocks * kBlock * rows.d);
    n_threads = worthwhile_threads(n_threads, n_values(rows));
    for_chunks(n_threads, n_blocks, {}, [&](std::size_t b, std::size_t) {
        for (std::size_t i = b * kBlock; i < std::min(rows.n, (b + 1) * kBlock); i += kGroup)
            copy_group(rows, screening, layout, i, std::min(kGroup, rows.n - i), out.data() + i * rows.d);
    });
    return out;
}
template <class T>
Aligned<float> copies_of(SparseRows<T>, const Screening&, const Layout&, std::size_t) {
    return {};
}

}  // namespace

template <class R>
Field<R>::Field(R rows, Weights weights, const Frame& frame, const Kernels& kernels, std::size_t n_threads,
                std::size_t n_centers)
    : rows_(rows),
      weights_(weights),
      frame_(&frame),
      n_threads_(n_threads),
      screening_(frame.range(), kernels),
      copies_(copies_of(rows, screening_, layout_, n_threads)),
      order_(rows, frame.origin(), kernels, n_threads),
      nearest_(rows.n, std::numeric_limits<double>::infinity()),
      farthest_(chunks_of(rows.n, Block<R>::size(rows)), std::numeric_limits<double>::infinity()),
      most_centers_(n_centers),
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
    for_chunks(n_threads, chunks_of(rows_.n, kBlock), {}, [&](std::size_t b, std::size_t t) {
        for (std::size_t i = b * kBlock; i < std::min(rows_.n, (b + 1) * kBlock); ++i) {
            double cut_row[kMaxPieces];
            cut(i, cut_row);
            parts[t].add(order_.bucket_of(i), cut_row);
        }
    });
    for (const Sums& part : parts) sums_.add(part);
}

template <class R>
void Field<R>::cut(std::size_t position, double* out) const {
    if (by_weight_)
        frame_->weight_grid().cut(weights_[layout_.row_at(position)], out);
    else if (weights_)
        cut_product(nearest_[position], layout_.row_at(position), out);
    else
        grid_.cut(nearest_[position], out);
}

// The first row of a bucket at which a running sum is beyond a target. `listed` are the rows of this and
// other buckets. They need not be put in order for that: sums are exact, so those of halves, by prefix, tell
// in which half it is.
template <class R>
std::size_t Field<R>::first_beyond(double target, Running sum, std::size_t bucket,
                                   std::span<std::uint32_t> listed) const {
    const auto add = [this](std::size_t position, Running& to) {
        double cut_row[kMaxPieces];
        cut(position, cut_row);
        to.add(cut_row);
    };
    // Moves those of a prefix below `end` to the front.
    const auto below = [this](std::span<std::uint32_t> rows, std::size_t end) {
        const auto is_below = [=, this](std::uint32_t p) { return order_.prefix_of(p) < end; };
        if (!std::is_partitioned(rows.begin(), rows.end(), is_below))
            std::stable_partition(rows.begin(), rows.end(), is_below);
        return static_cast<std::size_t>(std::partition_point(rows.begin(), rows.end(), is_below) -
                                        rows.begin());
    };
    std::size_t first = bucket << order_.prefix_bits(), end = (bucket + 1) << order_.prefix_bits();
    std::span<std::uint32_t> rows = listed.subspan(below(listed, first));
    rows = rows.first(below(rows, end));
    while (end - first > 1) {
        const std::size_t middle = (first + end) / 2, n_below = below(rows, middle);
        const bool all_below = n_below == rows.size();
        Running after = sum;
        for (std::size_t e = 0; e < n_below && !all_below; ++e) add(rows[e], after);
        if (all_below || after.value() > target) {
            rows = rows.first(n_below);
            end = middle;
        } else {
            rows = rows.subspan(n_below);
            first = middle;
            sum = after;
        }
    }
    order_.put_in_order(rows, layout_);
    for (const std::uint32_t p : rows) {
        add(p, sum);
        if (sum.value() > target) return layout_.row_at(p);
    }
    return layout_.row_at(rows.back());
}

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
    if (!std::isfinite(before.back())) throw std::overflow_error("squared distances add up beyond float64");
    std::vector<double> targets(count);
    std::vector<std::uint16_t> buckets(count);
    for (std::size_t c = 0; c < count; ++c) {
        // Below the total even where the product rounds up to it, so that a row is always found.
        targets[c] = std::min(u[c] * before.back(), std::nextafter(before.back(), 0.0));
        const auto above = std::upper_bound(before.begin() + 1, before.end(), targets[c]);
        buckets[c] = static_cast<std::uint16_t>(above - before.begin() - 1);
    }
    PassingVector<std::uint32_t> listed = order_.list(buckets, n_threads_);
    for (std::size_t c = 0; c < count; ++c) {
        Running sum(pieces);
        for (std::size_t b = 0; b < buckets[c]; ++b) sum.add(of_bucket(b));
        rows[c] = static_cast<std::int64_t>(first_beyond(targets[c], sum, buckets[c], listed));
    }
}

// Once there are some centers, most blocks are out of reach of the next: worth its time if many are to come.
template <class R>
void Field<R>::lay_out() {
    constexpr std::size_t kCenters = 12, kToCome = 24, kRows = 4096;
    if (++n_centers_ != kCenters || most_centers_ < kCenters + kToCome) return;
    if (rows_.n < kRows || copies_.size() == 0) return;
    const std::size_t n_threads = worthwhile_threads(n_threads_, n_values(rows_));
    const auto limit_of = [this](std::size_t row) { return screening_.limit(nearest_[row]); };
    layout_ = Layout(copies_, rows_.n, rows_.d, limit_of, n_threads);
    if (!layout_) return;
    copies_ = {};  // what comes next may have their place
    {
        PassingVector<double> nearest(rows_.n);
        for_chunks(n_threads, farthest_.size(), {}, [&](std::size_t b, std::size_t) {
            for (std::size_t p = b * kBlock; p < std::min(rows_.n, (b + 1) * kBlock); ++p)
                nearest[p] = nearest_[layout_.row_at(p)];
        });
        nearest_.swap(nearest);
    }
    order_.lay_out(layout_);
    copies_ = copies_of(rows_, screening_, layout_, n_threads);
    for_chunks(n_threads, farthest_.size(), {}, [&](std::size_t b, std::size_t) {
        const std::size_t first = b * kBlock;
        layout_.enclose(b, copies_.data() + first * rows_.d, std::min(rows_.n - first, kBlock));
        find_farthest(b);
    });
}

template <class R>
void Field<R>::find_farthest(std::size_t b) {
    const std::size_t size = Block<R>::size(rows_);
    constexpr std::size_t kAtOnce = 8;  // that need not wait for each other
    const double *p = nearest_.data() + b * size, *end = nearest_.data() + std::min(rows_.n, (b + 1) * size);
    double farthest[kAtOnce] = {};
    for (; p + kAtOnce <= end; p += kAtOnce)
        for (std::size_t l = 0; l < kAtOnce; ++l) farthest[l] = std::max(farthest[l], p[l]);
    for (; p < end; ++p) farthest[0] = std::max(farthest[0], *p);
    farthest_[b] = *std::max_element(farthest, farthest + kAtOnce);
}

template <class R>
void Field<R>::add(std::size_t row) {
    const bool no_grid = by_weight_;  // sums of weights so far: there is no grid of distances yet
    by_weight_ = false;
    const double ns = 4.0 * static_cast<double>(rows_.n) + n_values(rows_);
    const std::size_t n_threads = worthwhile_threads(n_threads_, ns);
    struct Worker {
        Block<R> block;
        Change change;  // by bucket
    };
    const Change none(no_grid ? 0 : order_.n_buckets(), sums_.pieces);
    std::vector<Worker> workers;
    for (std::size_t t = 0; t < n_threads; ++t) workers.push_back({Block<R>(standing()), none});
    const std::uint32_t* known = judged_.of(row);
    for_blocks(workers, [&](Worker& w, std::size_t b, std::size_t first, std::size_t n) {
        if (w.block.out_of_reach(b, row, farthest_[b])) return;
        Nearer near[kBlock];
        w.block.load(first, n, known);
        const std::size_t n_near = w.block.nearer(row, near);
        for (std::size_t e = 0; e < n_near; ++e) {
            if (!no_grid) w.change.see(*this, near[e], order_.bucket_of(near[e].position));
            nearest_[near[e].position] = near[e].distance;
        }
        if (n_near > 0) find_farthest(b);
    });
    judged_ = {};
    lay_out();
    // As distances shrink the grid gets finer, or what an outlier dwarfs would never be drawn.
    const Grid grid = frame_->distance_grid(largest());
    if (no_grid || grid.magic(0) != grid_.magic(0)) {
        grid_ = grid;
        sum_up();
    } else {
        for (const Worker& w : workers)
            for (std::size_t b = 0; b < order_.n_buckets(); ++b)
                w.change.take_from(&sums_.piece[b * sums_.pieces], b);
    }
    // Every point is a center already: what is left to draw by is the weight.
    if (std::all_of(sums_.piece.begin(), sums_.piece.end(), [](double piece) { return piece == 0.0; })) {
        by_weight_ = true;
        sum_up();
    }
}

template <class R>
std::size_t Field<R>::add_best_of(const double* u, std::size_t count) {
    std::vector<std::int64_t> drawn(count);
    draw(u, count, drawn.data());
    const auto row = static_cast<std::size_t>(drawn[count > 1 ? best(drawn.data(), count) : 0]);
    add(row);
    return row;
}

template class Field<Rows<float>>;
template class Field<Rows<double>>;
template class Field<SparseRows<float>>;
template class Field<SparseRows<double>>;
template void distances_to_row(SparseRows<float>, std::size_t, double*);
template void distances_to_row(SparseRows<double>, std::size_t, double*);

}  // namespace globular
