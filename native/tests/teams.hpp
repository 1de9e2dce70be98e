// A team does every chunk once, carries failures out, stops when told, and leaves no thread behind for long.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include "../team.hpp"
#include "../waiting_threads.hpp"
#include "labels.hpp"

namespace globular::tests {

inline void test_chunks() {
    for (std::size_t n_threads = 1; n_threads <= 16; ++n_threads)
        for (const std::size_t n_chunks : {0, 1, 2, 15, 16, 17, 1000}) {
            counts.where = std::to_string(n_threads) + " threads, " + std::to_string(n_chunks) + " chunks";
            std::vector<std::atomic<int>> seen(n_chunks);
            std::atomic<bool> worker_in_range{true};
            CHECK(for_chunks(n_threads, n_chunks, {}, [&](std::size_t c, std::size_t worker) {
                ++seen[c];
                if (worker >= n_threads) worker_in_range = false;
            }));
            bool once = true;
            for (const auto& s : seen) once = once && s == 1;
            CHECK(once);
            CHECK(worker_in_range);
        }
}

// Threads are sent to other processors when they are made: that must leave no trace, whoever is done first.
inline void test_processors() {
#if defined(__linux__)
    counts.where = "processors";
    cpu_set_t before, after;
    CHECK(sched_getaffinity(0, sizeof before, &before) == 0);
    std::atomic<int> elsewhere{0};
    for (int repeat = 0; repeat < 2000; ++repeat)
        team(2, [&](std::size_t) {
            cpu_set_t mine;
            sched_getaffinity(0, sizeof mine, &mine);
            if (!CPU_EQUAL(&mine, &before)) ++elsewhere;
        });
    CHECK(elsewhere == 0);
    CHECK(sched_getaffinity(0, sizeof after, &after) == 0);
    CHECK(CPU_EQUAL(&before, &after));
#endif
}

#if defined(__GLIBC__)
// A team of two in which the caller waits for the other to begin; not for ever, if there is none.
template <class Work>
void both(Work work) {
    std::atomic<bool> begun{false};
    team(2, [&](std::size_t worker) {
        if (worker == 1) begun = true;
        for (int wait = 0; wait < 10'000 && !begun; ++wait)
            std::this_thread::sleep_for(std::chrono::microseconds(wait < 1000 ? 0 : 100));
        work(worker);
    });
}

// Call after call the same thread helps, which ends soon after the last of them.
inline void test_helpers_wait_for_an_instant() {
    counts.where = "helpers";
    std::mutex lock;
    std::set<std::thread::id> helpers;
    constexpr int kCalls = 4000;
    for (int call = 0; call < kCalls; ++call)
        both([&](std::size_t worker) {
            const std::lock_guard hold(lock);
            if (worker == 1) helpers.insert(std::this_thread::get_id());
        });
    CHECK(!helpers_would_stay(2) || helpers.size() < kCalls / 4);
    for (int wait = 0; wait < 1000 && helpers_at_hand() != 0; ++wait)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK(helpers_at_hand() == 0);
    // More threads than processors: one that only looks out would take a processor from the others.
    team(1 + std::thread::hardware_concurrency(), [](std::size_t) {});
    CHECK(helpers_at_hand() == 0);
}

// Small calls that follow each other closely come to have a helper; one alone is not worth it.
inline void test_small_calls_add_up() {
    counts.where = "small calls";
    if (!helpers_would_stay(2)) return;
    constexpr double kNs = 40e3;
    CHECK(worthwhile_threads(2, kNs) == 1);
    bool helped = false;
    for (int call = 0; call < 1000 && !helped; ++call) helped = worthwhile_threads(2, kNs) == 2;
    CHECK(helped);
    CHECK(worthwhile_threads(1, 1e9) == 1);
    CHECK(worthwhile_threads(4, 10e3) == 1);
    CHECK(worthwhile_threads(4, 1e9) == 4);
}

// A child has none of its parent's threads: whoever sat in a seat there is not to be waited for.
inline void test_forks_with_helpers() {
    counts.where = "forks";
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    return;  // their own locks do not survive the fork of a process with two threads
#endif
    for (int repeat = 0; repeat < 100; ++repeat) {
        std::atomic<int> parts{0};
        both([&](std::size_t) { ++parts; });
        const pid_t child = fork();
        if (child == 0) {
            alarm(20);
            both([&](std::size_t) { ++parts; });
            _exit(parts == 4 && helpers_at_hand() <= 1 ? 0 : 1);
        }
        int status = -1;
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        CHECK(parts == 2);
    }
}
#endif

inline void test_failures() {
    for (std::size_t n_threads = 1; n_threads <= 16; n_threads *= 2)
        for (const std::size_t bad : {0, 7, 99}) {
            counts.where =
                "a failure in chunk " + std::to_string(bad) + " of " + std::to_string(n_threads) + " threads";
            std::string message;
            try {
                for_chunks(n_threads, 100, {}, [&](std::size_t c, std::size_t) {
                    if (c == bad) throw std::runtime_error("chunk " + std::to_string(c));
                });
            } catch (const std::runtime_error& error) {
                message = error.what();
            }
            CHECK(message == "chunk " + std::to_string(bad));
        }
    counts.where = "a failure of every worker";
    int caught = 0;
    try {
        team(8, [](std::size_t) { throw std::logic_error("each"); });
    } catch (const std::logic_error&) {
        ++caught;
    }
    CHECK(caught == 1);
}

inline void test_interruption() {
    for (const std::size_t n_threads : {1, 2, 8}) {
        counts.where = "interrupted with " + std::to_string(n_threads) + " threads";
        const auto caller = std::this_thread::get_id();
        std::atomic<int> done{0}, asked{0};
        std::atomic<bool> by_caller{true};
        const Interrupted interrupted = [&] {
            if (std::this_thread::get_id() != caller) by_caller = false;
            return ++asked == 2;
        };
        const bool complete = for_chunks(n_threads, 100'000, interrupted, [&](std::size_t, std::size_t) {
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            ++done;
        });
        CHECK(!complete);
        CHECK(asked == 2);
        CHECK(by_caller);
        CHECK(done > 0 && done < 100'000);
    }
    counts.where = "an interrupted session starts afresh";
    Random random(23);
    const std::vector<double> x = normals<double>(60'000 * 20, random),
                              c = normals<double>(4'000 * 20, random);
    const Rows<double> rows = rows_of(x, 20);
    const Frame frame = frame_for(rows);
    const Kernels& kernels = *available_levels()[0];
    Session<double> session(rows, {}, frame, kernels), other(rows, {}, frame, kernels);
    const StepCounts stopped = session.e_step(rows_of(c, 20), 2, [] { return true; });
    const std::vector<double> few(c.begin(), c.begin() + 5 * 20);
    const StepCounts again = session.e_step(rows_of(few, 20), 2, {});
    other.e_step(rows_of(few, 20), 1, {});
    CHECK(!stopped.complete);
    CHECK(again.complete && again.n_changed == 60'000);
    CHECK(same(*session.sums(), *other.sums()));
}

}  // namespace globular::tests
