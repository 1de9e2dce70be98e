// A thread team that lives for one call.
//
// Threads are made and joined inside; nothing survives the call, so forks, nested parallelism and
// generators that are never finished are not topics. The caller is one of the team. A thread that
// cannot be made means a smaller team, never a failure: work is taken in chunks from a counter.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

namespace globular {

// Asked now and then by the calling thread only; true means: stop as soon as you can.
using Interrupted = std::function<bool()>;

// The chunks [0, n_chunks) of a call, handed out once each in order.
class Chunks {
 public:
    explicit Chunks(std::size_t n_chunks) : n_(n_chunks) {}
    // The next chunk, or `end()` when there is none left or the call was stopped.
    std::size_t next() {
        if (stopped_.load(std::memory_order_relaxed)) return n_;
        const std::size_t c = next_.fetch_add(1, std::memory_order_relaxed);
        return c < n_ ? c : n_;
    }
    std::size_t end() const { return n_; }
    void stop() { stopped_.store(true, std::memory_order_relaxed); }
    bool stopped() const { return stopped_.load(std::memory_order_relaxed); }

 private:
    std::size_t n_;
    std::atomic<std::size_t> next_{0};
    std::atomic<bool> stopped_{false};
};

// Runs work(0) here and work(1) .. work(n_threads - 1) on threads of their own, then joins.
// The first exception of any of them is thrown again here.
void team(std::size_t n_threads, const std::function<void(std::size_t)>& work);

// Threads worth their start-up: one below about 0.3 ms of work (a spawn costs about 66 us).
std::size_t worthwhile_threads(std::size_t n_threads, double estimated_ns);

// Runs chunk(c, worker) for every chunk on a team; polls `interrupted` about every 50 ms on the
// calling thread. Returns false if the call was stopped, with some chunks not done.
bool for_chunks(std::size_t n_threads, std::size_t n_chunks, const Interrupted& interrupted,
                const std::function<void(std::size_t, std::size_t)>& chunk);

}  // namespace globular
