#include "team.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#if defined(__GLIBC__)
#include <pthread.h>
#include <sched.h>
#endif

namespace globular {

namespace {

// Threads for the workers 1, 2, ... of a team, begun here and waited for at the end; fewer, if the system has
// no more to give.
#if defined(__GLIBC__)

// Linux lets a new thread wait where its maker runs, until that processor is free or the next balancing comes
// around: for work of a millisecond that is too late (measured: half of all such threads began when their
// maker was done). So it begins on another one, and may then go anywhere. In the end the maker stays awake
// for an instant, in which the others are mostly done: to fall asleep and be woken up would take longer.
class Helpers {
 public:
    Helpers(std::size_t n_workers, const std::function<void(std::size_t)>& work) {
        tasks_.reserve(n_workers - 1);
        threads_.reserve(n_workers - 1);
        cpu_set_t others;
        pthread_attr_t elsewhere;
        const int here = sched_getcpu();
        const bool known = here >= 0 && sched_getaffinity(0, sizeof all_, &all_) == 0;
        crowded_ = !known || static_cast<std::size_t>(CPU_COUNT(&all_)) < n_workers;
        if (pthread_attr_init(&elsewhere) != 0) return;
        if (!crowded_) {
            others = all_;
            CPU_CLR(static_cast<std::size_t>(here), &others);
            pthread_attr_setaffinity_np(&elsewhere, sizeof others, &others);
        }
        for (std::size_t worker = 1; worker < n_workers; ++worker) {
            tasks_.push_back({this, &work, worker});
            pthread_t thread;
            // Where processors may not be chosen, it begins where it likes.
            if (pthread_create(&thread, &elsewhere, begin, &tasks_.back()) != 0 &&
                pthread_create(&thread, nullptr, begin, &tasks_.back()) != 0)
                break;
            threads_.push_back(thread);
        }
        pthread_attr_destroy(&elsewhere);
    }
    Helpers(const Helpers&) = delete;

    ~Helpers() {
        using Clock = std::chrono::steady_clock;
        constexpr auto kAnInstant = std::chrono::microseconds(50);
        const auto end = Clock::now() + kAnInstant;
        for (const pthread_t thread : threads_) {
            bool joined = false;
            while (!crowded_ && !joined && Clock::now() < end)
                joined = pthread_tryjoin_np(thread, nullptr) == 0;
            if (!joined) pthread_join(thread, nullptr);
        }
    }

 private:
    struct Task {
        const Helpers* helpers;
        const std::function<void(std::size_t)>* work;
        std::size_t worker;
    };
    std::vector<Task> tasks_;
    std::vector<pthread_t> threads_;
    cpu_set_t all_;
    bool crowded_;  // there are fewer processors than threads

    static void* begin(void* p) {
        const Task& task = *static_cast<Task*>(p);
        if (!task.helpers->crowded_) sched_setaffinity(0, sizeof task.helpers->all_, &task.helpers->all_);
        (*task.work)(task.worker);
        return nullptr;
    }
};

#else

class Helpers {
 public:
    Helpers(std::size_t n_workers, const std::function<void(std::size_t)>& work) {
        threads_.reserve(n_workers - 1);
        for (std::size_t worker = 1; worker < n_workers; ++worker) {
            try {
                threads_.emplace_back(work, worker);
            } catch (const std::system_error&) {
                break;
            }
        }
    }

 private:
    std::vector<std::jthread> threads_;
};

#endif

}  // namespace

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
