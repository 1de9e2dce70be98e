#include "waiting_threads.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <system_error>

#if defined(__GLIBC__)
#include <pthread.h>
#include <sched.h>
#endif

namespace globular {

#if defined(__GLIBC__)

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kAnInstant = std::chrono::microseconds(100), kAWhile = std::chrono::microseconds(10'000);

// When a helper of this thread came too late: the processors have other things to do.
thread_local Clock::time_point too_late{};

// The processors that the calling thread may use.
struct Processors {
    cpu_set_t set;
    bool known;

    Processors() : known(sched_getaffinity(0, sizeof set, &set) == 0) {}
    // For helpers that stay: one that only looks out must not take a processor away.
    bool enough_for(std::size_t n_workers) const {
        return known && static_cast<std::size_t>(CPU_COUNT(&set)) >= n_workers &&
               Clock::now() - too_late > kAWhile;
    }
};

// Looks until done(), for an instant. Returns whether it came true.
template <class Done>
bool look_out(Done done) {
    constexpr int kLooks = 32;  // between two looks at the clock
    const auto end = Clock::now() + kAnInstant;
    do {
        for (int look = 0; look < kLooks; ++look) {
            if (done()) return true;
#if defined(__x86_64__)
            __builtin_ia32_pause();
#elif defined(__aarch64__)
            asm volatile("yield");
#endif
        }
    } while (Clock::now() < end);
    return false;
}

}  // namespace

// What the workers of one call share. It lives until the last of them has left.
struct Helpers::Call {
    struct Part {
        std::shared_ptr<Call> call;  // until a thread takes it
        std::size_t worker = 0;
        std::atomic<bool> claimed{false};  // by who is to do it, or by the caller who need not wait then
    };
    const std::function<void(std::size_t)>* work;
    Processors processors;
    bool stay;
    std::vector<Part> parts;
    std::atomic<std::uint32_t> left{0};  // parts that somebody does

    Call(std::size_t n_parts, const std::function<void(std::size_t)>& of_all)
        : work(&of_all), stay(processors.enough_for(n_parts + 1)), parts(n_parts) {}
};

// Threads without work, each in a seat: nothing in it, or the sign that somebody sits there, or the part that
// was given to who sits there. Never destroyed: the last thread may be about to end when the process is. Who
// takes a part takes on the processors of its caller; priority and signal mask stay those of its maker.
struct Waiting {
    using Part = Helpers::Call::Part;
    static constexpr std::size_t kSeats = 64;
    struct alignas(64) Seat {
        std::atomic<Part*> holds;
    };
    inline static constinit Seat seats[kSeats] = {};
    inline static constinit std::atomic<std::size_t> at_hand = 0;
    inline static Part* const kSomebody = reinterpret_cast<Part*>(seats);

    static void forget() {
        for (Seat& seat : seats) seat.holds = nullptr;
        at_hand = 0;
    }
    inline static const bool kForgottenInChildren = pthread_atfork(nullptr, nullptr, forget) == 0;

    // Gives a part to a thread that waits. Returns false if there is none.
    static bool take(Part* part) {
        for (std::size_t s = 0; s < kSeats && at_hand != 0; ++s) {
            Part* held = kSomebody;
            if (!seats[s].holds.compare_exchange_strong(held, part)) continue;
            --at_hand;
            return true;
        }
        return false;
    }
    // Waits in a seat for an instant. Returns a part, or none.
    static Part* sit_down() {
        ++at_hand;
        for (Seat& seat : seats) {
            Part* held = nullptr;
            if (!seat.holds.compare_exchange_strong(held, kSomebody)) continue;
            look_out([&] { return seat.holds.load(std::memory_order_relaxed) != kSomebody; });
            held = seat.holds.exchange(nullptr);
            if (held != kSomebody) return held;
            break;
        }
        --at_hand;
        return nullptr;
    }
    static void* live(void* first) {
        cpu_set_t mine;
        CPU_ZERO(&mine);  // it began elsewhere than its maker
        for (auto* part = static_cast<Part*>(first); part;) {
            const std::shared_ptr<Helpers::Call> call = std::move(part->call);
            if (call->processors.known && !CPU_EQUAL(&mine, &call->processors.set)) {
                mine = call->processors.set;
                sched_setaffinity(0, sizeof mine, &mine);
            }
            if (!part->claimed.exchange(true)) {
                (*call->work)(part->worker);
                if (--call->left == 0) call->left.notify_one();
            }
            part = call->stay && kForgottenInChildren ? sit_down() : nullptr;
        }
        return nullptr;
    }
};

namespace {

// Linux lets a new thread wait where its maker runs, until that processor is free or the next balancing comes
// around: for work of a millisecond that is too late (measured: half of all such threads began when their
// maker was done). So it begins on another one, and may then go anywhere.
template <class Part>
bool begin(Part* part, bool elsewhere) {
    pthread_attr_t how;
    if (pthread_attr_init(&how) != 0) return false;
    pthread_attr_setdetachstate(&how, PTHREAD_CREATE_DETACHED);
    if (const int here = sched_getcpu(); elsewhere && here >= 0) {
        cpu_set_t others = part->call->processors.set;
        CPU_CLR(static_cast<std::size_t>(here), &others);
        pthread_attr_setaffinity_np(&how, sizeof others, &others);
    }
    pthread_t thread;
    const bool begun = pthread_create(&thread, &how, Waiting::live, part) == 0;
    pthread_attr_destroy(&how);
    return begun;
}

}  // namespace

Helpers::Helpers(std::size_t n_workers, const std::function<void(std::size_t)>& work)
    : call_(std::make_shared<Call>(n_workers - 1, work)) {
    for (std::size_t p = 0; p < call_->parts.size(); ++p) {
        Call::Part& part = call_->parts[p];
        part.call = call_;
        part.worker = p + 1;
        ++call_->left;
        // Where processors may not be chosen, it begins where it likes.
        if (Waiting::take(&part) || (call_->stay && begin(&part, true)) || begin(&part, false)) continue;
        --call_->left;
        part.claimed = true;
        part.call = nullptr;
        break;
    }
}

// Who has not begun by now need not. The others are mostly done within an instant: to fall asleep and be
// woken up would take longer.
Helpers::~Helpers() {
    for (Call::Part& part : call_->parts) {
        if (part.worker == 0 || part.claimed.exchange(true)) continue;
        --call_->left;
        too_late = Clock::now();
    }
    if (call_->stay && look_out([&] { return call_->left == 0; })) return;
    for (std::uint32_t left; (left = call_->left) != 0;) call_->left.wait(left);
}

std::size_t helpers_at_hand() { return Waiting::at_hand.load(std::memory_order_relaxed); }

bool helpers_would_stay(std::size_t n_workers) { return Processors().enough_for(n_workers); }

#else

Helpers::Helpers(std::size_t n_workers, const std::function<void(std::size_t)>& work) {
    threads_.reserve(n_workers - 1);
    for (std::size_t worker = 1; worker < n_workers; ++worker) {
        try {
            threads_.emplace_back(work, worker);
        } catch (const std::system_error&) {
            break;
        }
    }
}

Helpers::~Helpers() = default;

std::size_t helpers_at_hand() { return 0; }

bool helpers_would_stay(std::size_t) { return false; }

#endif

}  // namespace globular
