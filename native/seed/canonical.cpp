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
    : rows_(rows), origin_(origin), kernels_(&kernels) {
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
std::vector<Listed> CanonicalOrder<R>::list(std::vector<std::uint16_t> buckets, std::size_t n_threads) const {
    std::sort(buckets.begin(), buckets.end());
    buckets.erase(std::unique(buckets.begin(), buckets.end()), buckets.end());
    std::vector<std::vector<Listed>> found(worthwhile_threads(n_threads, 0.1 * static_cast<double>(rows_.n)));
    for (std::size_t b = 0; b < buckets.size(); b += kMostBuckets)
        for_chunks(found.size(), chunks_of(rows_.n, kRowsAChunk), {}, [&](std::size_t c, std::size_t t) {
            const std::size_t first = c * kRowsAChunk, n = std::min(rows_.n - first, kRowsAChunk);
            std::uint32_t places[kRowsAChunk];
            const std::size_t count =
                kernels_->in_buckets(prefixes_.data() + first, n, shift_, buckets.data() + b,
                                     std::min(kMostBuckets, buckets.size() - b), places);
            for (std::size_t e = 0; e < count; ++e)
                found[t].emplace_back(prefixes_[first + places[e]], first + places[e]);
        });
    std::vector<Listed> out = std::move(found[0]);
    for (std::size_t t = 1; t < found.size(); ++t) out.insert(out.end(), found[t].begin(), found[t].end());
    return out;
}

template <class R>
std::span<Listed> CanonicalOrder<R>::of_bucket(std::size_t b, std::span<Listed> listed) const {
    const auto has_it = [&](const Listed& row) { return row.prefix() >> shift_ == b; };
    return {listed.begin(), std::stable_partition(listed.begin(), listed.end(), has_it)};
}

template <class R>
void CanonicalOrder<R>::put_in_order(std::span<Listed> alike, const Layout& layout) const {
    struct Keyed {
        std::uint32_t key, row;
        std::size_t position;
        auto operator<=>(const Keyed&) const = default;
    };
    const auto differ = [this](const Keyed& a, const Keyed& b) { return compared(rows_, a.row, b.row) != 0; };
    const auto differ_among = [&](auto first, auto last) {
        return std::any_of(first, last, [&](const Keyed& other) { return differ(*first, other); });
    };
    std::vector<Keyed> rows;
    for (const Listed& listed : alike)
        rows.push_back({0, static_cast<std::uint32_t>(layout.row_at(listed.position())), listed.position()});
    const bool equal = !differ_among(rows.begin(), rows.end());  // and so are their keys
    const auto hash = hash_of(rows_, Roughly{origin_.data()});
    for (Keyed& row : rows) row.key = equal ? 0 : key_of(hash(row.row));
    if (!std::is_sorted(rows.begin(), rows.end())) std::sort(rows.begin(), rows.end());
    for (auto first = rows.begin(); !equal && first != rows.end();) {
        const auto last =
            std::find_if(first, rows.end(), [&](const Keyed& other) { return other.key != first->key; });
        if (differ_among(first, last))
            std::stable_sort(first, last, [this](const Keyed& a, const Keyed& b) {
                return compared(rows_, a.row, b.row) < 0;
            });
        first = last;
    }
    std::transform(rows.begin(), rows.end(), alike.begin(),
                   [&](const Keyed& row) { return Listed(alike[0].prefix(), row.position); });
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
