// Memory for what a fit does once, a pass over the points or its seeding: large blocks go back to the system
// at once.
//
// What threads note of every feature in a survey may be as large as sparse points are. A heap keeps such
// blocks when they are freed, one set for each thread, and what comes after takes new ones: memory would go
// not by the largest pass but by their sum. What every step needs anew is better left to the heap.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace globular {

template <class T>
struct Passing {
    using value_type = T;

    Passing() = default;
    template <class U>
    Passing(const Passing<U>&) {}  // NOLINT: an allocator is one of any type

    T* allocate(std::size_t n) {
#if defined(__linux__)
        if (n * sizeof(T) >= kLeast) {
            void* p =
                mmap(nullptr, n * sizeof(T), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (p == MAP_FAILED) throw std::bad_alloc();
            return static_cast<T*>(p);
        }
#endif
        return static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t{alignof(T)}));
    }
    void deallocate(T* p, std::size_t n) {
#if defined(__linux__)
        if (n * sizeof(T) >= kLeast) {
            munmap(p, n * sizeof(T));
            return;
        }
#endif
        ::operator delete(p, std::align_val_t{alignof(T)});
    }
    bool operator==(const Passing&) const = default;

 private:
    static constexpr std::size_t kLeast = std::size_t{1}
                                          << 21;  // below, to ask the system takes longer than it saves
};

template <class T>
using PassingVector = std::vector<T, Passing<T>>;

}  // namespace globular
