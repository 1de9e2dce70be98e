#include "square_runs.hpp"

#include <algorithm>
#include <cmath>

namespace globular {

namespace {

constexpr std::uint64_t kSmallest = 60;  // biased exponent below which units could be subnormal
constexpr std::uint64_t kInfinite = 0x7ff;
constexpr std::size_t kMostTables = 32;  // that have units
constexpr double kMostUnits = 0x1p50;    // of a square; a block of them fits 64 bits
constexpr double kRound = 0x1.8p52;      // adding it rounds to whole numbers, which its lowest bits count

std::uint64_t bits_of(double s) { return std::bit_cast<std::uint64_t>(s); }

}  // namespace

void SquareRuns::take(const double* center) {
    squares_.clear();
    for (std::size_t f = 0; f + 1 < places_.size(); ++f) {
        places_[f] = {center[f], static_cast<std::uint32_t>(squares_.size())};
        if (const double square = center[f] * center[f]; square != 0.0) squares_.push_back(square);
    }
    places_.back() = {0.0, static_cast<std::uint32_t>(squares_.size())};
    from_zero_.assign(1, 0.0);
}

// The squares from `begin` on are those that all rows go through next.
void SquareRuns::open(std::size_t begin) {
    begin_ = begin;
    end_ = std::min(squares_.size(), begin + kBlock);
    for (Table& table : tables_) {
        units_[table.exponent] = nullptr;
        if (table.units) spare_.push_back(std::move(table.units));
    }
    tables_.clear();
    forget_use();
}

double SquareRuns::go_on_from_zero(std::size_t n_squares) {
    work_ += n_squares + 1 - from_zero_.size();
    while (from_zero_.size() <= n_squares)
        from_zero_.push_back(from_zero_.back() + squares_[from_zero_.size() - 1]);
    return from_zero_[n_squares];
}

double SquareRuns::run_on(double s, std::size_t at, std::size_t stop) {
    while (at < stop) {
        const std::uint64_t exponent = bits_of(s) >> kFraction;
        if (units_[exponent] == nullptr) {
            const std::size_t begin = at;
            do s += squares_[at++];
            while (at < stop && bits_of(s) >> kFraction == exponent);
            work_ += at - begin;
            if (exponent < kSmallest || exponent >= kInfinite) continue;
            Table& wanted = table(exponent);
            if ((wanted.alone += at - begin) >= kBlock) count_or_wait(wanted);
            continue;
        }
        Units& u = *units_[exponent];
        const std::size_t first = at - begin_, last = stop - begin_;
        const std::uint64_t start = bits_of(s) - u.before[first];
        const auto stays = [=](std::uint64_t before) { return (start + before) >> kFraction == exponent; };
        std::size_t end = u.all_at_once ? last : std::min<std::size_t>(last, u.one_by_one[first] & kPlace);
        if (!stays(u.before[end])) {  // as far as it does
            const std::uint64_t* leaves = std::partition_point(&u.before[first], &u.before[end], stays);
            end = static_cast<std::size_t>(leaves - u.before.data()) - 1;
        }
        s = std::bit_cast<double>(start + u.before[end]);
        at += end - first;
        u.passed += end - first;
        if (end < last) s += squares_[at++], ++work_;
    }
    return s;
}

SquareRuns::Table& SquareRuns::table(std::uint64_t exponent) {
    const auto found =
        std::find_if(tables_.begin(), tables_.end(), [=](const Table& t) { return t.exponent == exponent; });
    return found != tables_.end() ? *found : tables_.emplace_back(Table{exponent, 0, nullptr});
}

void SquareRuns::count_or_wait(Table& table) {
    table.units = room_for(table);
    table.alone = 0;
    if (table.units) count(table.exponent, *table.units);
    units_[table.exponent] = table.units.get();
    forget_use();
}

// Room for the units of a table, if need be that of another which served less; null if all served more.
std::unique_ptr<SquareRuns::Units> SquareRuns::room_for(const Table& table) {
    Table* least = nullptr;
    std::size_t n = 0;
    for (Table& t : tables_) {
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
    for (Table& t : tables_)
        if (t.units) t.units->passed /= 2;  // what was long ago counts less
    if (!worth) return nullptr;
    units_[least->exponent] = nullptr;
    return std::move(least->units);
}

void SquareRuns::count(std::uint64_t exponent, Units& out) {
    const double* squares = squares_.data() + begin_;
    const std::size_t n = end_ - begin_;
    work_ += n;
    // One over the unit: 2^(1023 + 52 - exponent), put together from its bits.
    const double per_unit = std::bit_cast<double>((2 * 1023 + kFraction - exponent) << kFraction);
    std::array<bool, kBlock> alone, up;
    out.passed = 0;
    out.ties_only = true;
    out.before[0] = 0;
    for (std::size_t e = 0; e < n; ++e) {
        const double exact = squares[e] * per_unit;
        const bool many = !(exact < kMostUnits);
        const double rounded = exact + kRound;
        const bool tie = !many && std::abs(exact - (rounded - kRound)) == 0.5;
        std::uint64_t units = many ? 0 : bits_of(rounded) - bits_of(kRound);
        if (tie) units = static_cast<std::uint64_t>(exact);
        up[e] = tie && ((out.before[e] + units) & 1) != 0;  // to an even sum
        alone[e] = many | tie;
        out.ties_only &= !many;
        out.before[e + 1] = out.before[e] + units + up[e];
    }
    out.all_at_once = std::find(alone.begin(), alone.begin() + n, true) == alone.begin() + n;
    if (out.all_at_once) return;
    std::uint16_t next = kBlock;
    out.one_by_one[n] = next;
    for (std::size_t e = n; e-- > 0;) {
        if (alone[e]) next = static_cast<std::uint16_t>(e | (up[e] ? kUp : 0));
        out.one_by_one[e] = next;
    }
}

}  // namespace globular
