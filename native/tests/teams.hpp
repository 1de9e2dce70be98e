// A team does every chunk once, carries failures out, stops when told, and leaves no thread behind.
#pragma once

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

#include "../seed/field.hpp"
#include "../team.hpp"
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

// The same bits whoever does the work: labels, sums, costs, spreads, and the field of k-means++.
inline void test_threads_change_nothing() {
    counts.where = "threads change nothing";
    Random random(29);
    const std::size_t n = 40'000, d = 6, k = 30;
    const std::vector<double> x = normals<double>(n * d, random), c = normals<double>(k * d, random);
    std::vector<double> w(n);
    for (double& v : w) v = random.between(0.1, 2.0);
    const Rows<double> rows = rows_of(x, d);
    const Weights weights{w.data()};
    const Frame frame = frame_of(rows, w);
    const Kernels& kernels = *available_levels().back();
    Session<double> first(rows, weights, frame, kernels);
    first.e_step(rows_of(c, d), 1, {});
    const Spread spread = frame.spread(rows, weights, level(""), 1, {});
    Field<Rows<double>> field(rows, weights, frame, kernels, 1);
    for (const std::size_t row : {5, 77, 1234}) field.add(row);
    const std::vector<std::int64_t> tried{1, 2, 39'999};
    std::vector<double> potentials(3), u{0.0, 0.25, 0.999};
    std::vector<std::int64_t> drawn(3);
    field.potentials(tried.data(), 3, potentials.data());
    field.draw(u.data(), 3, drawn.data());
    for (const std::size_t n_threads : {2, 3, 7, 16}) {
        Session<double> session(rows, weights, frame, kernels);
        session.e_step(rows_of(c, d), n_threads, {});
        CHECK(same(*first.sums(), *session.sums()));
        CHECK(first.cost(rows_of(c, d), 1) == session.cost(rows_of(c, d), n_threads));
        const Spread other = frame.spread(rows, weights, level(""), n_threads, {});
        for (std::size_t f = 0; f < d; ++f) CHECK(spread.sums_sq[f].hi == other.sums_sq[f].hi);
        Field<Rows<double>> again(rows, weights, frame, kernels, n_threads);
        for (const std::size_t row : {5, 77, 1234}) again.add(row);
        std::vector<double> p(3);
        std::vector<std::int64_t> r(3);
        again.potentials(tried.data(), 3, p.data());
        again.draw(u.data(), 3, r.data());
        CHECK(p == potentials);
        CHECK(r == drawn);
    }
}

}  // namespace globular::tests
