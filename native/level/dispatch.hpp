// Which instruction levels this machine has, and the choice among them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernels.hpp"

namespace globular {

// The levels of this build that this machine can run, the widest last.
std::vector<const Kernels*> available_levels();

// The level named, or the widest for an empty name. Throws std::invalid_argument with a sentence
// that names what is available.
const Kernels& level(std::string_view name);

}  // namespace globular
