#include "distinct.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <span>
#include <stdexcept>

#include "row_hash.hpp"

namespace globular {

namespace {

// Rows are parted by the leading bits of their hashes; equal rows come into the same part, whose table stays
// in the cache.
constexpr std::size_t kRowsAPart = 4096, kRowsAChunk = 4096;

template <class T>
bool equal(Rows<T> rows, std::size_t i, std::size_t other) {
    return std::equal(rows[i], rows[i] + rows.d, rows[other]);
}

// The rows of one part, by a table with open addressing: the first of each distinct row, and for every row
// its place among these. Returns false if so many rows fall together that somebody must have meant them to.
template <class T>
bool sort_out(Rows<T> rows, std::span<const std::uint32_t> part, const std::uint64_t* hashes,
              std::vector<std::int32_t>& table, std::vector<std::uint32_t>& firsts, std::int32_t* place) {
    constexpr std::size_t kMostOthers = 256;  // on the way to a row's place; a few, at half load
    const std::size_t size = std::bit_ceil(2 * part.size() + 1);
    table.assign(size, -1);
    for (const std::uint32_t i : part) {
        std::size_t at = hashes[i] & (size - 1);
        for (std::size_t others = 0; table[at] >= 0; ++others) {
            if (others > kMostOthers) return false;
            const std::uint32_t first = firsts[static_cast<std::size_t>(table[at])];
            if (hashes[first] == hashes[i] && equal(rows, first, i)) break;
            at = (at + 1) & (size - 1);
        }
        if (table[at] < 0) {
            table[at] = static_cast<std::int32_t>(firsts.size());
            firsts.push_back(i);
        }
        place[i] = table[at];
    }
    return true;
}

}  // namespace

template <class T>
DistinctRows distinct_rows(Rows<T> rows, std::size_t n_threads, const Interrupted& interrupted,
                           std::int32_t* place) {
    if (rows.n > 0x7fffffff) throw std::length_error("at most 2^31 - 1 rows can be told apart");
    const std::size_t n = rows.n;
    const int bits = std::bit_width(n / kRowsAPart);
    const std::size_t n_parts = std::size_t{1} << bits;
    const auto part_of = [bits](std::uint64_t hash) { return bits == 0 ? 0 : hash >> (64 - bits); };
    DistinctRows out;

    std::vector<std::uint64_t> hashes(n);
    const auto hash = hash_of(rows, Exactly{});
    n_threads = worthwhile_threads(n_threads, hash.ns() + 10.0 * static_cast<double>(n));
    const std::size_t n_chunks = (n + kRowsAChunk - 1) / kRowsAChunk;
    out.complete = for_chunks(n_threads, n_chunks, interrupted, [&](std::size_t c, std::size_t) {
        for (std::size_t i = c * kRowsAChunk; i < std::min(n, (c + 1) * kRowsAChunk); ++i)
            hashes[i] = hash(i);
    });
    if (!out.complete) return out;

    std::vector<std::size_t> starts(n_parts + 1);
    for (const std::uint64_t h : hashes) ++starts[part_of(h) + 1];
    for (std::size_t p = 0; p < n_parts; ++p) starts[p + 1] += starts[p];
    std::vector<std::uint32_t> order(n);
    {
        std::vector<std::size_t> next(starts.begin(), starts.end() - 1);
        for (std::size_t i = 0; i < n; ++i) order[next[part_of(hashes[i])]++] = static_cast<std::uint32_t>(i);
    }

    std::vector<std::vector<std::uint32_t>> firsts(n_parts);
    std::vector<std::vector<std::int32_t>> tables(n_threads);
    const auto part = [&](std::size_t p) {
        return std::span<const std::uint32_t>(order).subspan(starts[p], starts[p + 1] - starts[p]);
    };
    std::atomic<bool> told_apart{true};
    out.complete = for_chunks(n_threads, n_parts, interrupted, [&](std::size_t p, std::size_t worker) {
        if (told_apart && !sort_out(rows, part(p), hashes.data(), tables[worker], firsts[p], place))
            told_apart = false;
    });
    if (!out.complete || !told_apart) return out;
    for (std::size_t p = 0; p < n_parts; ++p) {
        for (const std::uint32_t i : part(p)) place[i] += static_cast<std::int32_t>(out.rows.size());
        out.rows.insert(out.rows.end(), firsts[p].begin(), firsts[p].end());
    }
    return out;
}

template <class T>
double about_how_many_distinct(Rows<T> rows) {
    constexpr std::size_t kMostValues = 65536, kFewest = 512, kMost = 4096;
    constexpr double kFewestRepeats = 32.0;
    const std::size_t wanted = std::clamp(kMostValues / rows.d, kFewest, kMost);
    const double n = static_cast<double>(rows.n);
    if (rows.n <= wanted) return n;
    std::vector<std::size_t> sample(wanted);
    for (std::size_t s = 0; s < wanted; ++s) sample[s] = mix(s) % rows.n;
    std::sort(sample.begin(), sample.end());
    sample.erase(std::unique(sample.begin(), sample.end()), sample.end());
    const auto hash = hash_of(rows, Exactly{});
    std::vector<std::uint64_t> seen;
    for (const std::size_t i : sample) seen.push_back(hash(i));
    std::sort(seen.begin(), seen.end());
    double distinct = 0.0, once = 0.0, twice = 0.0;
    for (auto at = seen.begin(); at != seen.end(); ++distinct) {
        const auto end = std::upper_bound(at, seen.end(), *at);
        once += end - at == 1;
        twice += end - at == 2;
        at = end;
    }
    if (static_cast<double>(seen.size()) - distinct < kFewestRepeats) return n;
    return std::min(n, distinct + once * (once - 1.0) / (2.0 * (twice + 1.0)));
}

#define GLOBULAR_INSTANTIATE(T)                                                                   \
    template DistinctRows distinct_rows(Rows<T>, std::size_t, const Interrupted&, std::int32_t*); \
    template double about_how_many_distinct(Rows<T>);
GLOBULAR_INSTANTIATE(float)
GLOBULAR_INSTANTIATE(double)

}  // namespace globular
