// Memory for packed arrays: aligned to cache lines, left uninitialised until it is written.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace globular {

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
    static constexpr std::align_val_t kLine{64};
    struct Free {
        void operator()(T* p) const { ::operator delete(p, kLine); }
    };
    std::unique_ptr<T[], Free> data_;
    std::size_t size_ = 0;
};

}  // namespace globular
