// Memory for packed arrays: aligned to cache lines, left uninitialised until it is written. A page costs a
// fault when it is first touched, as much as reading a thousand numbers: large arrays ask for pages of 2 MB.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace globular {

template <class T>
class Aligned {
 public:
    Aligned() = default;
    explicit Aligned(std::size_t n) : Aligned(n, n * sizeof(T) >= 2 * kHugePage ? kHugePage : kLine) {}

    T* data() { return data_.get(); }
    const T* data() const { return data_.get(); }
    std::size_t size() const { return size_; }

 private:
    static constexpr std::size_t kLine = 64, kHugePage = std::size_t{1} << 21;

    Aligned(std::size_t n, std::size_t alignment)
        : data_(static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t{alignment})), {alignment}),
          size_(n) {
#ifdef __linux__
        if (alignment == kHugePage) madvise(data_.get(), n * sizeof(T), MADV_HUGEPAGE);  // may be refused
#endif
    }

    struct Free {
        std::size_t alignment = kLine;
        void operator()(T* p) const { ::operator delete(p, std::align_val_t{alignment}); }
    };
    std::unique_ptr<T[], Free> data_;
    std::size_t size_ = 0;
};

}  // namespace globular
