#include "square_runs.hpp"

#include <algorithm>

namespace globular {

namespace {

constexpr std::uint64_t kSmallest = 60;  // biased exponent below which units could be subnormal
constexpr std::uint64_t kInfinite = 0x7ff;
constexpr std::size_t kMostTables = 32;  // of a block that have units
constexpr double kMostUnits = 0x1p50;    // of a square; a block of them fits 64 bits
constexpr double kRound = 0x1.8p52;      // adding it rounds to whole numbers

std::uint64_t bits_of(double s) { return std::bit_cast<std::uint64_t>(s); }

}  // namespace

void SquareRuns::take(const double* center) {
    center_ = center;
    squares_.clear();
    for (std::size_t f = 0; f + 1 < rank_.size(); ++f) {
        rank_[f] = static_cast<std::uint32_t>(squares_.size());
        if (const double square = center[f] * center[f]; square != 0.0) squares_.push_back(square);
    }
    rank_.back() = static_cast<std::uint32_t>(squares_.size());
    for (std::vector<Table>& tables : tables_) {
        for (Table& table : tables)
            if (table.units) spare_.push_back(std::move(table.units));
        tables.clear();
    }
    units_ = nullptr;
    tables_.resize((squares_.size() + kBlock - 1) / kBlock);
}

double SquareRuns::run_on(double s, std::size_t at, std::size_t stop) {
    while (at < stop) {
        const std::uint64_t exponent = bits_of(s) >> kFraction;
        const std::size_t block = at / kBlock, block_end = std::min(stop, (block + 1) * kBlock);
        const bool countable = exponent >= kSmallest && exponent != kInfinite;
        Table* wanted = countable ? &table(block, exponent) : nullptr;
        if (!wanted || !wanted->units) {
            const std::size_t begin = at;
            do s += squares_[at++];
            while (at < block_end && bits_of(s) >> kFraction == exponent);
            work_ += at - begin;
            if (!wanted || (wanted->alone += at - begin) < kBlock) continue;
            wanted->units = room_for(*wanted, tables_[block]);
            if (wanted->units) count(block, exponent, *wanted->units);
            wanted->alone = 0;
            continue;
        }
        units_ = wanted->units.get();
        block_ = block;
        exponent_ = exponent;
        Units& u = *units_;
        const std::size_t first = at % kBlock, last = first + (block_end - at);
        const std::uint64_t start = bits_of(s) - u.before[first];
        const auto stays = [=](std::uint64_t before) { return (start + before) >> kFraction == exponent; };
        std::size_t end = std::min<std::size_t>(last, u.one_by_one[first]);
        if (!stays(u.before[end])) {  // as far as it does
            const std::uint64_t* leaves = std::partition_point(&u.before[first], &u.before[end], stays);
            end = static_cast<std::size_t>(leaves - u.before.data()) - 1;
        }
        s = std::bit_cast<double>(start + u.before[end]);
        at += end - first;
        u.passed += end - first;
        if (end < last) s += squares_[at++];
    }
    return s;
}

SquareRuns::Table& SquareRuns::table(std::size_t block, std::uint64_t exponent) {
    std::vector<Table>& tables = tables_[block];
    const auto found =
        std::find_if(tables.begin(), tables.end(), [=](const Table& t) { return t.exponent == exponent; });
    return found != tables.end() ? *found : tables.emplace_back(Table{exponent, 0, nullptr});
}

// Room for the units of a table, if need be that of another which served less; null if all served more.
std::unique_ptr<SquareRuns::Units> SquareRuns::room_for(const Table& table, std::vector<Table>& tables) {
    Table* least = nullptr;
    std::size_t n = 0;
    for (Table& t : tables) {
        if (!t.units) continue;
        ++n;
        if (!least || t.units->passed < least->units->passed) least = &t;
    }
    if (n < kMostTables) {
        if (spare_.empty()) return std::make_unique<Units>();
        std::unique_ptr<Units> room = std::move(spare_.back());
        spare_.pop_back();
        return room;
    }
    const bool worth = least->units->passed < table.alone;
    for (Table& t : tables)
        if (t.units) t.units->passed /= 2;  // what was long ago counts less
    if (!worth) return nullptr;
    if (least->units.get() == units_) units_ = nullptr;
    return std::move(least->units);
}

void SquareRuns::count(std::size_t block, std::uint64_t exponent, Units& out) {
    const double* squares = squares_.data() + block * kBlock;
    const std::size_t n = std::min(kBlock, squares_.size() - block * kBlock);
    work_ += n;
    // One over the unit: 2^(1023 + 52 - exponent), put together from its bits.
    const double per_unit = std::bit_cast<double>((2 * 1023 + kFraction - exponent) << kFraction);
    std::array<bool, kBlock> alone;
    out.passed = 0;
    out.before[0] = 0;
    for (std::size_t e = 0; e < n; ++e) {
        const double exact = squares[e] * per_unit;
        const bool many = !(exact < kMostUnits);
        const double whole = (exact + kRound) - kRound, rest = exact - whole;
        alone[e] = many || rest == 0.5 || rest == -0.5;
        out.before[e + 1] = out.before[e] + (many ? 0 : static_cast<std::uint64_t>(whole));
    }
    std::size_t next = kBlock;
    out.one_by_one[n] = kBlock;
    for (std::size_t e = n; e-- > 0;) {
        if (alone[e]) next = e;
        out.one_by_one[e] = static_cast<std::uint16_t>(next);
    }
}

}  // namespace globular
