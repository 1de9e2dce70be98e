#include "dispatch.hpp"

#include <stdexcept>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace globular {

std::vector<const Kernels*> available_levels() {
    std::vector<const Kernels*> levels{&baseline::kernels};
#if defined(__x86_64__)
    __builtin_cpu_init();  // these ask the operating system too whether it saves the registers
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    if (avx2) levels.push_back(&avx2::kernels);
    if (avx2 && avx512) levels.push_back(&avx512::kernels);
#endif
    return levels;
}

const Kernels& level(std::string_view name) {
    const auto levels = available_levels();
    if (name.empty()) return *levels.back();
    std::string known;
    for (const Kernels* kernels : levels) {
        if (kernels->name == name) return *kernels;
        known += (known.empty() ? "" : ", ") + std::string(kernels->name);
    }
    throw std::invalid_argument("level='" + std::string(name) + "', but this machine offers " + known +
                                "; use one of these, or None for the widest");
}

#if defined(__x86_64__)
namespace {
bool vectors_in_halves() {
    unsigned version = 0, b = 0, c = 0, d = 0;
    __get_cpuid(1, &version, &b, &c, &d);
    const unsigned family = (version >> 8 & 0xF) + (version >> 20 & 0xFF);
    return family == 25;  // beyond 15 only AMD has any
}
}  // namespace
#endif

std::string_view costs_like(const Kernels& kernels) {
    const std::string_view name = kernels.name;
#if defined(__x86_64__)
    static const bool in_halves = vectors_in_halves();  // to ask takes long on a virtual machine
    if (name == "avx512" && in_halves) return "avx512 in halves";
#endif
    return name;
}

}  // namespace globular
