#include "candidates.hpp"

#include <algorithm>
#include <limits>

namespace globular {

void Candidates::start(std::size_t n_groups, std::size_t k) {
    possible_ = k <= std::numeric_limits<std::uint16_t>::max();
    first_.assign(n_groups, 0);
    count_.assign(n_groups, 0);
    entries_.assign((n_groups + kSuper - 1) / kSuper, {});
    reading_ = false;
    spare_ = 0.0F;
}

// A list should serve for some steps, and a box as much larger must not leave many more centers.
void Candidates::begin(double gone, double step, double across) {
    constexpr double kSteps = 8.0, kFewSteps = 2.0, kMostOfBox = 0.15;
    reading_ = spare_ > 0.0F && gone - gone_ < static_cast<double>(spare_);
    if (reading_) return;
    const double spare = std::min(kSteps * step, kMostOfBox * across);
    spare_ = possible_ && step > 0.0 && spare >= kFewSteps * step ? static_cast<float>(spare) : 0.0F;
    gone_ = gone;
    if (spare_ > 0.0F) std::fill(count_.begin(), count_.end(), std::uint16_t{0});
    for (auto& entries : entries_) entries.clear();
}

std::size_t Candidates::read(std::size_t group, std::int32_t* which) const {
    const std::uint16_t* entries = entries_[group / kSuper].data() + first_[group];
    std::copy_n(entries, count_[group], which);
    return count_[group];
}

void Candidates::list(std::size_t group, const std::int32_t* which, std::size_t count) {
    constexpr std::size_t kMost = 8 * kSuper * kGroup / sizeof(std::uint16_t);  // 8 bytes a row
    std::vector<std::uint16_t>& entries = entries_[group / kSuper];
    if (entries.size() + count > kMost) return;
    first_[group] = static_cast<std::uint32_t>(entries.size());
    count_[group] = static_cast<std::uint16_t>(count);
    for (std::size_t e = 0; e < count; ++e) entries.push_back(static_cast<std::uint16_t>(which[e]));
}

}  // namespace globular
