// Which of some candidates is to be the next center: the one that lowers the sum most.
//
// How much each would lower it is first found about, with a bound on what that may be off (judges.hpp). Where
// only one can be the best, which is nearly always so, nothing else is done; those that are in question are
// compared by their exact sums. So the choice is that of the exact sums, at the price of one quick pass.
#include <algorithm>
#include <utility>
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
    for (std::size_t t = 0; t < n_threads; ++t)
        workers.push_back({Block<R>(standing()), {count, sums_.pieces}});
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

// Of all of these rows; and notes what they reach.
template <class R>
std::vector<Opinion> Field<R>::opinions(const std::int64_t* rows, std::size_t count) {
    judged_ = {};
    Judged judged{{rows, rows + count}, chunks_of(rows_.n, kGroup)};
    const Standing<R> field = standing();
    const auto candidates = Judge<R>::candidates(field, judged);
    const double ns = 0.5 * (static_cast<double>(rows_.n) + static_cast<double>(count) * n_values(rows_));
    const std::size_t n_threads = worthwhile_threads(n_threads_, ns);
    std::vector<Judge<R>> judges;
    for (std::size_t t = 0; t < n_threads; ++t) judges.emplace_back(field, candidates, judged);
    for_blocks(judges, [this](Judge<R>& judge, std::size_t b, std::size_t first, std::size_t n) {
        judge.see(b, first, n, farthest_[b]);
    });
    judged_ = std::move(judged);  // only now: half of it would say that nothing is in reach
    std::vector<Opinion> out(count);
    for (const Judge<R>& judge : judges)
        for (std::size_t c = 0; c < count; ++c) {
            out[c].gain += judge.opinion(c).gain;
            out[c].off += judge.opinion(c).off;
        }
    return out;
}

template <class R>
std::vector<std::size_t> Field<R>::in_question(const std::int64_t* rows, std::size_t count) {
    std::vector<Opinion> opinions_of(count);
    double least = 0.0, grain = 0.0;
    if (!by_weight_ && Judge<R>::sees(standing())) {
        opinions_of = opinions(rows, count);
        // Exact sums go down to so much of all that there is, and nothing is smaller than the smallest
        // number.
        const double all = frame_->capacity().total_weight * largest();
        grain = 0x1p-40 * all + static_cast<double>(rows_.n) * 0x1p-1074;
        for (const Opinion& o : opinions_of) least = std::max(least, o.gain - o.off - grain);
    }
    std::vector<std::size_t> places;
    for (std::size_t c = 0; c < count; ++c) {
        const bool worse = opinions_of[c].gain + opinions_of[c].off + grain < least;
        const auto same = [&](std::size_t other) { return rows[other] == rows[c]; };
        if (!worse && std::none_of(places.begin(), places.end(), same)) places.push_back(c);
    }
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
