#include "team.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>
#endif

namespace globular {

namespace {

// Linux lets a new thread wait where its maker runs, until that processor is free or the next balancing comes
// around: for work of a millisecond that is too late (measured: half of all such threads began when their
// maker was done). So it is sent away at once, waits for that, and may go anywhere again.
class Elsewhere {
 public:
    explicit Elsewhere(std::size_t n_threads) {
#if defined(__linux__)
        const int here = sched_getcpu();
        if (here < 0 || sched_getaffinity(0, sizeof all_, &all_) != 0) return;
        useful_ = static_cast<std::size_t>(CPU_COUNT(&all_)) >= n_threads;
        others_ = all_;
        CPU_CLR(static_cast<std::size_t>(here), &others_);
#else
        static_cast<void>(n_threads);
#endif
    }

    // Called by the maker for one thread after the other. The thread lives: it waits.
    void send(std::thread::native_handle_type thread) {
#if defined(__linux__)
        if (useful_) pthread_setaffinity_np(thread, sizeof others_, &others_);
#else
        static_cast<void>(thread);
#endif
        n_sent_.fetch_add(1);
        n_sent_.notify_all();
    }

    // Called by thread number 1, 2, ... when it begins.
    void arrived(std::size_t number) {
        for (std::size_t sent; (sent = n_sent_.load()) < number;) n_sent_.wait(sent);
#if defined(__linux__)
        if (useful_) sched_setaffinity(0, sizeof all_, &all_);
#endif
    }

 private:
    std::atomic<std::size_t> n_sent_{0};
#if defined(__linux__)
    cpu_set_t all_, others_;
    bool useful_ = false;  // there are as many processors as threads
#endif
};

}  // namespace

void team(std::size_t n_threads, const std::function<void(std::size_t)>& work) {
    if (n_threads <= 1) {
        work(0);
        return;
    }
    std::exception_ptr failure;
    std::mutex failure_lock;
    const auto guarded = [&](std::size_t worker) noexcept {
        try {
            work(worker);
        } catch (...) {
            const std::lock_guard hold(failure_lock);
            if (!failure) failure = std::current_exception();
        }
    };
    Elsewhere elsewhere(n_threads);
    const auto sent = [&](std::size_t worker) noexcept {
        elsewhere.arrived(worker);
        guarded(worker);
    };
    {
        std::vector<std::jthread> threads;
        threads.reserve(n_threads - 1);
        for (std::size_t worker = 1; worker < n_threads; ++worker) {
            try {
                threads.emplace_back(sent, worker);
                elsewhere.send(threads.back().native_handle());
            } catch (const std::system_error&) {
                break;  // the system has no more threads to give; the others take the work
            }
        }
        guarded(0);
    }
    if (failure) std::rethrow_exception(failure);
}

std::size_t worthwhile_threads(std::size_t n_threads, double estimated_ns) {
    constexpr double kWorthASpawn = 150e3;
    const double useful = std::max(1.0, estimated_ns / kWorthASpawn);
    return useful >= static_cast<double>(n_threads) ? n_threads : static_cast<std::size_t>(useful);
}

bool for_chunks(std::size_t n_threads, std::size_t n_chunks, const Interrupted& interrupted,
                const std::function<void(std::size_t, std::size_t)>& chunk) {
    using Clock = std::chrono::steady_clock;
    constexpr auto kPoll = std::chrono::milliseconds(50);
    Chunks chunks(n_chunks);
    team(std::clamp<std::size_t>(n_threads, 1, std::max<std::size_t>(n_chunks, 1)), [&](std::size_t worker) {
        auto last = Clock::now();
        try {
            for (std::size_t c; (c = chunks.next()) != chunks.end();) {
                chunk(c, worker);
                if (worker != 0 || !interrupted) continue;
                if (const auto now = Clock::now(); now - last >= kPoll) {
                    last = now;
                    if (interrupted()) chunks.stop();
                }
            }
        } catch (...) {
            chunks.stop();
            throw;
        }
    });
    return !chunks.stopped();
}

}  // namespace globular
