#include "canonical.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

#include "../level/dispatch.hpp"
#include "../range.hpp"
#include "../row_hash.hpp"
#include "../team.hpp"

namespace globular {

namespace {

// What of a value goes into a hash: what float32 would keep of its way from the origin.
struct Roughly {
    const double* origin;

    double operator()(double value, std::size_t feature) const {
        constexpr int kDropped = 53 - 24;
        const auto bits = std::bit_cast<std::uint64_t>(value - origin[feature]);
        const std::uint64_t half = (std::uint64_t{1} << (kDropped - 1)) - 1 + (bits >> kDropped & 1);
        return std::bit_cast<double>((bits + half) >> kDropped << kDropped);
    }
};

// Less than zero, zero, more than zero: by the first feature in which the rows differ.
template <class T>
int compared(Rows<T> rows, std::size_t i, std::size_t other) {
    for (std::size_t f = 0; f < rows.d; ++f)
        if (rows[i][f] != rows[other][f]) return rows[i][f] < rows[other][f] ? -1 : 1;
    return 0;
}
template <class T>
int compared(SparseRows<T> rows, std::size_t i, std::size_t other) {
    std::size_t a = rows.begin(i), b = rows.begin(other);
    const std::size_t a_end = rows.end(i), b_end = rows.end(other);
    while (a < a_end || b < b_end) {
        const std::size_t fa = a < a_end ? rows.feature(a) : rows.d,
                          fb = b < b_end ? rows.feature(b) : rows.d;
        const double va = fa <= fb ? rows.value(a) : 0.0, vb = fb <= fa ? rows.value(b) : 0.0;
        if (va != vb) return va < vb ? -1 : 1;
        a += fa <= fb;
        b += fb <= fa;
    }
    return 0;
}

constexpr std::size_t kRowsAChunk = 4096;

// Calls use(row, hash) for all rows.
template <class R, class What, class Use>
void for_hashes(R rows, What what, std::size_t n_threads, Use use) {
    const auto hash = hash_of(rows, what);
    const std::size_t n_chunks = (rows.n + kRowsAChunk - 1) / kRowsAChunk;
    for_chunks(worthwhile_threads(n_threads, hash.ns()), n_chunks, {}, [&](std::size_t c, std::size_t) {
        for (std::size_t i = c * kRowsAChunk; i < std::min(rows.n, (c + 1) * kRowsAChunk); ++i)
            use(i, hash(i));
    });
}

std::uint32_t key_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }

template <class T>
void find_keys(Rows<T> rows, const double* origin, const Kernels& kernels, std::size_t n_threads,
               std::uint32_t* keys) {
    constexpr std::size_t kAtOnce = 256;
    std::vector<std::uint64_t> salts(rows.d);
    for (std::size_t f = 0; f < rows.d; ++f) salts[f] = salt_of(f);
    const double ns = 0.5 * static_cast<double>(rows.n) * static_cast<double>(rows.d);
    for_chunks(worthwhile_threads(n_threads, ns), chunks_of(rows.n, kAtOnce), {},
               [&](std::size_t c, std::size_t) {
                   const std::size_t first = c * kAtOnce, n = std::min(rows.n - first, kAtOnce);
                   std::uint64_t hash[kAtOnce];
                   row_kernels<T>(kernels).hashes(rows[first], n, rows.d, origin, salts.data(), hash);
                   std::transform(hash, hash + n, keys + first, key_of);
               });
}
template <class T>
void find_keys(SparseRows<T> rows, const double* origin, const Kernels&, std::size_t n_threads,
               std::uint32_t* keys) {
    for_hashes(rows, Roughly{origin}, n_threads,
               [=](std::size_t i, std::uint64_t hash) { keys[i] = key_of(hash); });
}

}  // namespace

template <class R>
void hashes(R rows, std::size_t n_threads, std::uint64_t* out) {
    for_hashes(rows, Exactly{}, n_threads, [=](std::size_t i, std::uint64_t hash) { out[i] = hash; });
}

template <class R>
std::size_t least_row(R rows) {
    std::size_t least = 0;
    for (std::size_t i = 1; i < rows.n; ++i)
        if (compared(rows, i, least) < 0) least = i;
    return least;
}

template <class R>
CanonicalOrder<R>::CanonicalOrder(R rows, std::span<const double> origin, const Kernels& kernels,
                                  std::size_t n_threads)
    : rows_(rows) {
    constexpr std::size_t kMost = 0xffffffff;
    constexpr int kMostBits = 12;  // or what is kept of each bucket would not stay at hand
    if (rows.n > kMost) throw std::length_error("seeding takes at most 2^32 - 1 rows");
    const int bits = std::min(static_cast<int>(std::bit_width(rows.n)) / 2 + 1, kMostBits);
    shift_ = 32 - bits;
    keys_.resize(rows.n);
    order_.resize(rows.n);
    starts_.resize((std::size_t{1} << bits) + 1);
    ordered_.resize(n_buckets());
    find_keys(rows, origin.data(), kernels, n_threads, keys_.data());
    count(worthwhile_threads(n_threads, 8.0 * static_cast<double>(rows.n)));
}

// A counting sort: every thread counts the rows of a stretch by their buckets, and then, knowing how many
// the others have, writes its own to their places.
template <class R>
void CanonicalOrder<R>::count(std::size_t n_threads) {
    const std::size_t n = rows_.n, n_stretches = std::max<std::size_t>(n_threads, 1);
    std::vector<std::vector<std::uint32_t>> places(n_stretches, std::vector<std::uint32_t>(n_buckets()));
    const auto for_stretches = [&](auto use) {
        for_chunks(n_threads, n_stretches, {}, [&](std::size_t s, std::size_t) {
            for (std::size_t i = n * s / n_stretches; i < n * (s + 1) / n_stretches; ++i)
                use(places[s][bucket_of(i)], i);
        });
    };
    for_stretches([](std::uint32_t& counted, std::size_t) { ++counted; });
    std::size_t at = 0;
    for (std::size_t b = 0; b < n_buckets(); ++b) {
        starts_[b] = at;
        for (std::vector<std::uint32_t>& of_stretch : places) {
            const std::uint32_t counted = of_stretch[b];
            of_stretch[b] = static_cast<std::uint32_t>(at);
            at += counted;
        }
    }
    starts_.back() = at;
    for_stretches(
        [this](std::uint32_t& place, std::size_t i) { order_[place++] = static_cast<std::uint32_t>(i); });
}

template <class R>
std::span<const std::uint32_t> CanonicalOrder<R>::bucket(std::size_t b) {
    const std::span rows(order_.data() + starts_[b], starts_[b + 1] - starts_[b]);
    if (!ordered_[b])
        std::sort(rows.begin(), rows.end(), [this](std::uint32_t i, std::uint32_t other) {
            if (keys_[i] != keys_[other]) return keys_[i] < keys_[other];
            const int by_values = compared(rows_, i, other);
            return by_values != 0 ? by_values < 0 : i < other;
        });
    ordered_[b] = 1;
    return rows;
}

#define GLOBULAR_INSTANTIATE(R)                           \
    template void hashes(R, std::size_t, std::uint64_t*); \
    template std::size_t least_row(R);                    \
    template class CanonicalOrder<R>;
GLOBULAR_INSTANTIATE(Rows<float>)
GLOBULAR_INSTANTIATE(Rows<double>)
GLOBULAR_INSTANTIATE(SparseRows<float>)
GLOBULAR_INSTANTIATE(SparseRows<double>)

}  // namespace globular
