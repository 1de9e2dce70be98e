// A thread team that lives for one call.
//
// The caller is one of the team; the others (waiting_threads.hpp) are found waiting or begun, and stay an
// instant at most when their part is done. So forks, nested parallelism and generators that are never
// finished are not topics. A thread that cannot be made means a smaller team, never a failure: work is taken
// in chunks.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <vector>

namespace globular {

// Asked now and then by the calling thread only; true means: stop as soon as you can.
using Interrupted = std::function<bool()>;

// The chunks [0, n_chunks) of a call, handed out once each. Every worker has a run of them to begin with, of
// every call over the same rows the same one, for these may still be at hand in its cache; then it takes over
// what the others have not come to.
class Chunks {
 public:
    Chunks(std::size_t n_chunks, std::size_t n_workers) : n_(n_chunks), runs_(n_workers) {
        for (std::size_t w = 0; w < n_workers; ++w) {
            runs_[w].next = w * n_chunks / n_workers;
            runs_[w].end = (w + 1) * n_chunks / n_workers;
        }
    }
    // The next chunk for a worker, or `end()` when there is none left or the call was stopped.
    std::size_t next(std::size_t worker) {
        for (std::size_t w = 0; w < runs_.size() && !stopped(); ++w) {
            Run& run = runs_[(worker + w) % runs_.size()];
            if (run.next.load(std::memory_order_relaxed) >= run.end) continue;
            const std::size_t c = run.next.fetch_add(1, std::memory_order_relaxed);
            if (c < run.end) return c;
        }
        return n_;
    }
    std::size_t end() const { return n_; }
    void stop() { stopped_.store(true, std::memory_order_relaxed); }
    bool stopped() const { return stopped_.load(std::memory_order_relaxed); }

 private:
    struct alignas(64) Run {
        std::atomic<std::size_t> next{0};
        std::size_t end = 0;
    };
    std::size_t n_;
    std::vector<Run> runs_;
    std::atomic<bool> stopped_{false};
};

// Runs work(0) here and work(1) .. work(n_threads - 1) on threads of their own, and waits for them; but not
// for one that has not begun when work(0) is done, which then never does. The first exception of any of them
// is thrown again here.
void team(std::size_t n_threads, const std::function<void(std::size_t)>& work);

// Threads worth their start-up: one below about 0.3 ms of work (a spawn costs about 66 us), or 20 us where a
// helper waits. It may differ from call to call, as what others do and the time do: no result may depend on
// it.
std::size_t worthwhile_threads(std::size_t n_threads, double estimated_ns);

// Runs chunk(c, worker) for every chunk on a team; polls `interrupted` about every 50 ms on the
// calling thread. Returns false if the call was stopped, with some chunks not done.
bool for_chunks(std::size_t n_threads, std::size_t n_chunks, const Interrupted& interrupted,
                const std::function<void(std::size_t, std::size_t)>& chunk);

}  // namespace globular
