// Which of some candidates is to be the next center: the one that lowers the sum most.
//
// How much each would lower it is found in float32 first, with a bound on what that may be off. Where only
// one can be the best, which is nearly always so, nothing else is done; those that are in question are
// compared by their exact sums. So the choice is that of the exact sums, at the price of a pass in float32.
#include <algorithm>
#include <cmath>
#include <vector>

#include "field.hpp"

namespace globular {

template <class R>
void Field<R>::potentials(const std::int64_t* rows, std::size_t count, double* out) const {
    const double ns = static_cast<double>(count) * (2.0 * static_cast<double>(rows_.n) + n_values(rows_));
    const std::size_t n_threads = worthwhile_threads(n_threads_, ns);
    struct Worker {
        Block<R> block;
        Change change;  // by candidate
    };
    std::vector<Worker> workers;
    for (std::size_t t = 0; t < n_threads; ++t) workers.push_back({block(), {count, sums_.pieces}});
    for_blocks(workers, [&](Worker& w, std::size_t b, std::size_t first, std::size_t n) {
        Nearer near[kBlock];
        bool loaded = false;
        for (std::size_t c = 0; c < count; ++c) {
            const auto row = static_cast<std::size_t>(rows[c]);
            if (w.block.out_of_reach(b, row, farthest_[b])) continue;
            if (!loaded) w.block.load(first, n, nullptr);
            loaded = true;
            const std::size_t n_near = w.block.nearer(row, near);
            for (std::size_t e = 0; e < n_near; ++e) w.change.see(*this, near[e], c);
        }
    });
    Sums total(1, sums_.pieces);
    for (std::size_t b = 0; !by_weight_ && b < order_.n_buckets(); ++b)
        total.add(0, &sums_.piece[b * sums_.pieces]);
    for (std::size_t c = 0; c < count; ++c) {
        Sums left = total;
        for (const Worker& w : workers) w.change.take_from(left.piece.data(), c);
        Running sum(left.pieces);
        sum.add(left.piece.data());
        out[c] = sum.value();
    }
}

namespace {

void operator+=(Gain& sums, const Gain& more) {
    sums.weight += more.weight;
    sums.limit += more.limit;
    sums.gain += more.gain;
}

}  // namespace

// Adds what each of these candidates, by their copies, takes from the rows of the blocks of one worker, and
// notes which rows these are.
template <class R>
struct Field<R>::Judge {
    Field* field;
    const std::vector<std::vector<float>>* points;
    std::vector<Gain> gains{points->size()};
    Aligned<float> nearest{kBlock}, weights{kBlock};

    void see(std::size_t b, std::size_t first, std::size_t n) {
        Field& f = *field;
        const std::size_t d = f.rows_.d;
        const double reach = f.screening_.limit(f.farthest_[b]);
        bool loaded = false;
        for (std::size_t c = 0; c < points->size();) {
            const float* near[kMostGains];
            std::uint32_t* reached[kMostGains];
            std::size_t which[kMostGains], count = 0;
            for (; c < points->size() && count < kMostGains; ++c) {
                const float* point = (*points)[c].data();
                if (f.layout_ && f.layout_.distance_to_block(b, point) > reach) continue;
                which[count] = c;
                reached[count] = f.judged_.reached_by(c) + first / kGroup;
                near[count++] = point;
            }
            if (count == 0) return;
            if (!loaded) load(first, n);
            loaded = true;
            Gain taken[kMostGains] = {};
            const GainQuery query = f.screening_.query(f.copies_.data() + first * d, chunks_of(n, kGroup),
                                                       nearest.data(), f.weights_ ? weights.data() : nullptr);
            f.screening_.kernels().gains(query, near, count, taken, reached);
            for (std::size_t e = 0; e < count; ++e) gains[which[e]] += taken[e];
        }
    }

 private:
    void load(std::size_t first, std::size_t n) {
        const Field& f = *field;
        for (std::size_t i = 0; i < n; ++i)
            nearest.data()[i] = static_cast<float>(f.screening_.scaled(f.nearest_[first + i]));
        std::fill(nearest.data() + n, nearest.data() + kBlock, -1.0F);
        if (!f.weights_) return;
        for (std::size_t i = 0; i < n; ++i)
            weights.data()[i] = static_cast<float>(f.weights_[f.layout_.row_at(first + i)] * f.weight_unit());
        std::fill(weights.data() + n, weights.data() + kBlock, 0.0F);
    }
};

// What each of these rows would take from the sum, as float32 sees it.
template <class R>
std::vector<Gain> Field<R>::gains(const std::int64_t* rows, std::size_t count) {
    judged_ = {{rows, rows + count}, chunks_of(rows_.n, kGroup)};
    std::vector<std::vector<float>> points(count, std::vector<float>(rows_.d));
    for (std::size_t c = 0; c < count; ++c)
        screening_.copy_row(rows_, static_cast<std::size_t>(rows[c]), points[c].data());
    const double ns = 0.5 * (static_cast<double>(rows_.n) + static_cast<double>(count) * n_values(rows_));
    std::vector<Judge> judges;
    for (std::size_t t = 0; t < worthwhile_threads(n_threads_, ns); ++t) judges.push_back({this, &points});
    for_blocks(judges,
               [](Judge& judge, std::size_t b, std::size_t first, std::size_t n) { judge.see(b, first, n); });
    std::vector<Gain> sums(count);
    for (const Judge& judge : judges)
        for (std::size_t c = 0; c < count; ++c) sums[c] += judge.gains[c];
    return sums;
}

template <class R>
std::vector<std::size_t> Field<R>::in_question(const std::int64_t* rows, std::size_t count) {
    std::vector<std::size_t> places;
    const auto see = [&](std::size_t c) {
        const auto same = [&](std::size_t other) { return rows[other] == rows[c]; };
        if (std::none_of(places.begin(), places.end(), same)) places.push_back(c);
    };
    if constexpr (Block<R>::kScreens) {
        if (copies_.size() && !by_weight_ && screening_.useful()) {
            const std::vector<Gain> sums = gains(rows, count);
            const double largest = *std::max_element(farthest_.begin(), farthest_.end());
            // Exact sums go down to so much of all that there is.
            const double grain =
                0x1p-40 * frame_->capacity().total_weight * weight_unit() * screening_.scaled(largest);
            double least = 0.0;
            for (const Gain& sum : sums) least = std::max(least, sum.gain - screening_.doubt(sum) - grain);
            for (std::size_t c = 0; c < count; ++c)
                if (sums[c].gain + screening_.doubt(sums[c]) + grain >= least) see(c);
            return places;
        }
    }
    for (std::size_t c = 0; c < count; ++c) see(c);
    return places;
}

template <class R>
std::size_t Field<R>::best(const std::int64_t* rows, std::size_t count) {
    const std::vector<std::size_t> places = in_question(rows, count);
    if (places.size() == 1) return places[0];
    std::vector<std::int64_t> left;
    for (const std::size_t c : places) left.push_back(rows[c]);
    std::vector<double> sums(left.size());
    potentials(left.data(), left.size(), sums.data());
    const auto least = std::min_element(sums.begin(), sums.end());
    return places[static_cast<std::size_t>(least - sums.begin())];
}

#define GLOBULAR_INSTANTIATE(R)                                                                \
    template void Field<R>::potentials(const std::int64_t*, std::size_t, double*) const;       \
    template std::vector<std::size_t> Field<R>::in_question(const std::int64_t*, std::size_t); \
    template std::size_t Field<R>::best(const std::int64_t*, std::size_t);
GLOBULAR_INSTANTIATE(Rows<float>)
GLOBULAR_INSTANTIATE(Rows<double>)
GLOBULAR_INSTANTIATE(SparseRows<float>)
GLOBULAR_INSTANTIATE(SparseRows<double>)

}  // namespace globular
