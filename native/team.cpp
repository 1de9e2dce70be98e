#include "team.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <mutex>

#include "waiting_threads.hpp"

namespace globular {

void team(std::size_t n_threads, const std::function<void(std::size_t)>& work) {
    if (n_threads <= 1) {
        work(0);
        return;
    }
    std::exception_ptr failure;
    std::mutex failure_lock;
    const std::function<void(std::size_t)> guarded = [&](std::size_t worker) noexcept {
        try {
            work(worker);
        } catch (...) {
            const std::lock_guard hold(failure_lock);
            if (!failure) failure = std::current_exception();
        }
    };
    {
        const Helpers helpers(n_threads, guarded);
        guarded(0);
    }
    if (failure) std::rethrow_exception(failure);
}

namespace {

using Clock = std::chrono::steady_clock;

// Whether to begin a thread though this call is not worth one: when calls that follow each other closely, as
// the steps of a small fit do, have by now missed as much as a thread costs. Those to come find it at hand.
bool missed_enough(double estimated_ns) {
    constexpr double kASpawn = 60e3;
    constexpr auto kClosely = std::chrono::microseconds(100);
    thread_local double missed = 0.0;
    thread_local Clock::time_point last;
    const auto now = Clock::now();
    if (now - last >= kClosely) missed = 0.0;
    last = now;
    if (missed >= kASpawn) {
        missed = 0.0;
        return helpers_would_stay(2);
    }
    missed += estimated_ns / 2.0;
    return false;
}

}  // namespace

std::size_t worthwhile_threads(std::size_t n_threads, double estimated_ns) {
    constexpr double kWorthASpawn = 150e3, kWorthAHandover = 10e3;
    if (n_threads <= 1 || estimated_ns < 2.0 * kWorthAHandover) return std::min<std::size_t>(n_threads, 1);
    const auto threads_worth = [=](double ns_each, std::size_t most) {
        return std::min(static_cast<std::size_t>(std::min(estimated_ns / ns_each, 1e6)), most);
    };
    const std::size_t at_hand = helpers_at_hand(), begun = threads_worth(kWorthASpawn, n_threads);
    if (at_hand == 0 && begun <= 1) return missed_enough(estimated_ns) ? 2 : 1;
    const std::size_t handed = threads_worth(kWorthAHandover, std::min(n_threads, 1 + at_hand));
    return std::max<std::size_t>({begun, handed, 1});
}

bool for_chunks(std::size_t n_threads, std::size_t n_chunks, const Interrupted& interrupted,
                const std::function<void(std::size_t, std::size_t)>& chunk) {
    constexpr auto kPoll = std::chrono::milliseconds(50);
    n_threads = std::clamp<std::size_t>(n_threads, 1, std::max<std::size_t>(n_chunks, 1));
    Chunks chunks(n_chunks, n_threads);
    team(n_threads, [&](std::size_t worker) {
        auto last = Clock::now();
        try {
            for (std::size_t c; (c = chunks.next(worker)) != chunks.end();) {
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
