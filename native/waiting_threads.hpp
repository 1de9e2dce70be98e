// Threads that work for a team, and for an instant afterwards look out for more to do.
//
// To begin a thread and to wait for its end takes some 70 us: longer than a step over a few thousand rows, of
// which a fit makes dozens, one right after the other. So a thread that has done its part takes a seat, where
// the next call finds it; one that nobody wanted for 100 us ends. A moment after the last call nothing of
// ours is left, and a forked child, which has none of its parent's threads, begins with empty seats.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace globular {

// Calls work(1) .. work(n_workers - 1), each on a thread of its own, and waits for them at the end; fewer, if
// the system has no more threads to give, or if they have not begun by then. `work` must not throw.
class Helpers {
 public:
    Helpers(std::size_t n_workers, const std::function<void(std::size_t)>& work);
    Helpers(const Helpers&) = delete;
    ~Helpers();

 private:
#if defined(__GLIBC__)
    struct Call;
    std::shared_ptr<Call> call_;
    friend struct Waiting;
#else
    std::vector<std::jthread> threads_;
#endif
};

// How many threads look out for work at this moment.
std::size_t helpers_at_hand();

// Whether a thread that is begun now would look out for more afterwards: not where there are fewer processors
// than threads, of which one that only looks would take one away.
bool helpers_would_stay(std::size_t n_workers);

}  // namespace globular
