#include "canonical.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <utility>

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

// Calls use(row, key) for all rows.
template <class T, class Use>
void for_keys(Rows<T> rows, const double* origin, const Kernels& kernels, std::size_t n_threads, Use use) {
    constexpr std::size_t kAtOnce = 256;
    std::vector<std::uint64_t> salts(rows.d);
    for (std::size_t f = 0; f < rows.d; ++f) salts[f] = salt_of(f);
    const double ns = 0.5 * static_cast<double>(rows.n) * static_cast<double>(rows.d);
    for_chunks(worthwhile_threads(n_threads, ns), chunks_of(rows.n, kAtOnce), {},
               [&](std::size_t c, std::size_t) {
                   const std::size_t first = c * kAtOnce, n = std::min(rows.n - first, kAtOnce);
                   std::uint64_t hash[kAtOnce];
                   row_kernels<T>(kernels).hashes(rows[first], n, rows.d, origin, salts.data(), hash);
                   for (std::size_t i = 0; i < n; ++i) use(first + i, key_of(hash[i]));
               });
}
template <class T, class Use>
void for_keys(SparseRows<T> rows, const double* origin, const Kernels&, std::size_t n_threads, Use use) {
    for_hashes(rows, Roughly{origin}, n_threads,
               [use](std::size_t i, std::uint64_t hash) { use(i, key_of(hash)); });
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
    : rows_(rows), origin_(origin.begin(), origin.end()), kernels_(&kernels) {
    constexpr std::size_t kMost = 0xffffffff;
    constexpr int kMostBits = 12;  // or what is kept of each bucket would not stay at hand
    if (rows.n > kMost) throw std::length_error("seeding takes at most 2^32 - 1 rows");
    shift_ = kBits - std::min(static_cast<int>(std::bit_width(rows.n)) / 2 + 1, kMostBits);
    prefixes_.resize(rows.n);
    for_keys(rows, origin.data(), kernels, n_threads, [this](std::size_t i, std::uint32_t key) {
        prefixes_[i] = static_cast<std::uint16_t>(key >> (32 - kBits));
    });
}

template <class R>
void CanonicalOrder<R>::lay_out(const Layout& layout) {
    PassingVector<std::uint16_t> prefixes(prefixes_.size());
    for (std::size_t p = 0; p < prefixes.size(); ++p) prefixes[p] = prefixes_[layout.row_at(p)];
    prefixes_ = std::move(prefixes);
}

template <class R>
PassingVector<std::uint32_t> CanonicalOrder<R>::list(std::vector<std::uint16_t> buckets,
                                                     std::size_t n_threads) const {
    std::sort(buckets.begin(), buckets.end());
    buckets.erase(std::unique(buckets.begin(), buckets.end()), buckets.end());
    n_threads = worthwhile_threads(n_threads, 0.1 * static_cast<double>(rows_.n));
    std::vector<PassingVector<std::uint32_t>> found(std::max<std::size_t>(n_threads, 1));
    for (std::size_t b = 0; b < buckets.size(); b += kMostBuckets)
        for_chunks(n_threads, chunks_of(rows_.n, kRowsAChunk), {}, [&](std::size_t c, std::size_t t) {
            const std::size_t first = c * kRowsAChunk, n = std::min(rows_.n - first, kRowsAChunk);
            std::uint32_t places[kRowsAChunk];
            const std::size_t count =
                kernels_->in_buckets(prefixes_.data() + first, n, shift_, buckets.data() + b,
                                     std::min(kMostBuckets, buckets.size() - b), places);
            for (std::size_t e = 0; e < count; ++e)
                found[t].push_back(static_cast<std::uint32_t>(first + places[e]));
        });
    PassingVector<std::uint32_t> out = std::move(found[0]);
    for (std::size_t t = 1; t < found.size(); ++t) out.insert(out.end(), found[t].begin(), found[t].end());
    return out;
}

template <class R>
void CanonicalOrder<R>::put_in_order(std::span<std::uint32_t> positions, const Layout& layout) const {
    const auto order = [&](std::size_t p, std::size_t other) {
        return compared(rows_, layout.row_at(p), layout.row_at(other));
    };
    const auto differ = [&](std::size_t p) { return order(positions[0], p) != 0; };
    if (std::none_of(positions.begin(), positions.end(), differ)) {  // maybe a large part of all rows
        const auto by_row = [&](std::size_t p, std::size_t q) { return layout.row_at(p) < layout.row_at(q); };
        if (!std::is_sorted(positions.begin(), positions.end(), by_row))
            std::sort(positions.begin(), positions.end(), by_row);
        return;
    }
    const auto hash = hash_of(rows_, Roughly{origin_.data()});
    std::vector<std::pair<std::uint32_t, std::uint32_t>> keyed;
    for (const std::uint32_t p : positions) keyed.emplace_back(key_of(hash(layout.row_at(p))), p);
    std::sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
        if (a.first != b.first) return a.first < b.first;
        const int by_values = order(a.second, b.second);
        return by_values != 0 ? by_values < 0 : layout.row_at(a.second) < layout.row_at(b.second);
    });
    std::transform(keyed.begin(), keyed.end(), positions.begin(), [](const auto& e) { return e.second; });
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
