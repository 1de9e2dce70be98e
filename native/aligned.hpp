// Memory for packed arrays: aligned to cache lines, left uninitialised until it is written.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <vector>

namespace globular {

inline constexpr std::align_val_t kLine{64};

template <class T>
class Aligned {
 public:
    Aligned() = default;
    explicit Aligned(std::size_t n)
        : data_(static_cast<T*>(::operator new(n * sizeof(T), kLine))), size_(n) {}

    T* data() { return data_.get(); }
    const T* data() const { return data_.get(); }
    std::size_t size() const { return size_; }

 private:
    struct Free {
        void operator()(T* p) const { ::operator delete(p, kLine); }
    };
    std::unique_ptr<T[], Free> data_;
    std::size_t size_ = 0;
};

// The same for vectors.
template <class T>
struct OnLines {
    using value_type = T;

    OnLines() = default;
    template <class U>
    OnLines(const OnLines<U>&) {}  // NOLINT: an allocator is one of any type

    T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), kLine)); }
    void deallocate(T* p, std::size_t) { ::operator delete(p, kLine); }
    bool operator==(const OnLines&) const = default;
};

template <class T>
using AlignedVector = std::vector<T, OnLines<T>>;

}  // namespace globular
