// Arithmetic as IEEE 754 has it, whatever the caller's thread is set to.
//
// Some libraries make the processor take very small numbers for zero, for all that runs after them in the
// thread (any that was linked with -ffast-math, or an explicit switch of a deep learning library). The filter
// keeps indices in the lowest bits of numbers, sums are cut at fixed grids: neither would survive that.
// Threads that are begun inherit what is set here.
#pragma once

#include <cfenv>

namespace globular {

class PlainArithmetic {
 public:
    PlainArithmetic() {
        std::fegetenv(&before_);
        std::fesetenv(FE_DFL_ENV);
    }
    ~PlainArithmetic() { std::fesetenv(&before_); }
    PlainArithmetic(const PlainArithmetic&) = delete;

 private:
    std::fenv_t before_;
};

}  // namespace globular
