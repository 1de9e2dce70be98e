// What all bindings share: array types, borrowing, checks, and how the interpreter is released.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include "../aligned.hpp"
#include "../frame.hpp"
#include "../plain_arithmetic.hpp"
#include "../rows.hpp"
#include "../sparse_centers.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace globular {

// One for each file beside this one.
void bind_centers(nb::module_& m);
void bind_frames(nb::module_& m);
void bind_tallies(nb::module_& m);
void bind_sessions(nb::module_& m);
void bind_fields(nb::module_& m);
void bind_criteria(nb::module_& m);

template <class T>
using Points = nb::ndarray<const T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Vector = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Centers = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Cube = nb::ndarray<const double, nb::ndim<3>, nb::c_contig, nb::device::cpu>;
using Labels = nb::ndarray<const std::int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Indices = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Hashes = nb::ndarray<const std::uint64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <class T>
using Array = nb::ndarray<nb::numpy, T>;

template <class T>
Rows<T> rows(const Points<T>& a) {
    return {a.data(), a.shape(0), a.shape(1)};
}

// A sparse matrix, compressed by rows: what native code is given of it. Checked in Python.
template <class T>
struct SparsePoints {
    nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu> values;
    nb::ndarray<const std::int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu> features;
    nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu> starts;
    std::size_t d;

    std::size_t shape(int axis) const { return axis == 0 ? starts.shape(0) - 1 : d; }
};

template <class T>
SparseRows<T> rows(const SparsePoints<T>& a) {
    return {a.values.data(), a.features.data(), a.starts.data(), a.shape(0), a.d};
}

inline Weights weights(const std::optional<Vector>& w) { return {w ? w->data() : nullptr}; }

template <class T>
Array<T> new_array(std::initializer_list<std::size_t> shape) {
    std::size_t size = 1;
    for (const std::size_t s : shape) size *= s;
    T* data = new T[size];
    const nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<T*>(p); });
    return Array<T>(data, shape.size(), shape.begin(), owner);
}

// An array of the first `size` values, which keeps their memory.
template <class T>
Array<T> array_of(Aligned<T>&& values, std::size_t size) {
    auto kept = std::make_unique<Aligned<T>>(std::move(values));
    T* data = kept->data();
    const nb::capsule owner(kept.get(), [](void* p) noexcept { delete static_cast<Aligned<T>*>(p); });
    kept.release();
    return Array<T>(data, {size}, owner);
}

template <class T>
Array<T> copy_of(const T* from, std::initializer_list<std::size_t> shape) {
    Array<T> out = new_array<T>(shape);
    std::copy_n(from, out.size(), out.data());
    return out;
}

// A daemon thread that comes back when the interpreter is already going away must not touch it: before
// Python 3.14 it would be killed in the middle of this code, and take the process with it. It waits instead.
inline void stay_if_finalizing() {
#if PY_VERSION_HEX >= 0x030D0000
    const bool finalizing = Py_IsFinalizing();
#else
    const bool finalizing = _Py_IsFinalizing();
#endif
    while (finalizing) std::this_thread::sleep_for(std::chrono::hours(1));
}

// The interpreter's lock, given back while this object lives.
class Unlocked {
 public:
    Unlocked() : state_(PyEval_SaveThread()) {}
    Unlocked(const Unlocked&) = delete;
    ~Unlocked() {
        stay_if_finalizing();
        PyEval_RestoreThread(state_);
    }

 private:
    PyThreadState* state_;
};

// Asked by the calling thread while it works without the interpreter's lock.
inline bool signal_arrived() {
    stay_if_finalizing();
    const nb::gil_scoped_acquire hold;
    // What a handler raised stands until it is carried out: one pass after the other is to stop.
    return PyErr_Occurred() != nullptr || PyErr_CheckSignals() != 0;
}

// Runs work() without the lock; then raises what a signal handler may have left behind.
template <class Work>
auto unlocked(Work&& work) {
    std::optional<decltype(work())> result;
    {
        const Unlocked free;
        const PlainArithmetic plain;
        result.emplace(work());
    }
    if (PyErr_Occurred()) throw nb::python_error();
    return std::move(*result);
}

// A native object with the arrays it borrows, refused to a second caller at the same time.
template <class P, class Core>
struct Borrowing {
    nb::object frame;
    P points;
    std::optional<Vector> w;
    std::optional<Core> core;
    std::atomic_flag busy = ATOMIC_FLAG_INIT;

    Borrowing(nb::object frame, P points, std::optional<Vector> w)
        : frame(std::move(frame)), points(std::move(points)), w(std::move(w)) {}

    const Frame& the_frame() const { return *nb::inst_ptr<Frame>(frame); }

    template <class Work>
    auto alone(Work&& work) {
        if (busy.test_and_set())
            throw std::runtime_error("this session is in use by another thread; make one per thread");
        struct Release {
            std::atomic_flag& busy;
            ~Release() { busy.clear(); }
        } release{busy};
        return unlocked(std::forward<Work>(work));
    }
};

inline std::size_t count_of(const Centers& centers) { return centers.shape(0); }
inline std::size_t count_of(const SparseCenters& centers) { return centers.n(); }
inline std::size_t features_of(const Centers& centers) { return centers.shape(1); }
inline std::size_t features_of(const SparseCenters& centers) { return centers.d(); }

template <class C>
void check_centers(const C& centers, std::size_t d) {
    const std::size_t k = count_of(centers), width = features_of(centers);
    if (k == 0 || width != d)
        throw std::invalid_argument("centers must be (k >= 1, " + std::to_string(d) + "), not (" +
                                    std::to_string(k) + ", " + std::to_string(width) + ")");
}

template <class P>
void check_borrowed(const P& points, const std::optional<Vector>& w, const Frame& frame) {
    if (frame.d() != points.shape(1)) throw std::invalid_argument("the frame is of other points");
    if (w && w->shape(0) != points.shape(0)) throw std::invalid_argument("weights must be one a point");
}

inline void check_rows(const Indices& at, std::size_t n) {
    for (std::size_t e = 0; e < at.shape(0); ++e)
        if (at.data()[e] < 0 || static_cast<std::size_t>(at.data()[e]) >= n)
            throw std::out_of_range("row " + std::to_string(at.data()[e]) + " of " + std::to_string(n));
}

inline Rows<double> rows(const Centers& c) { return {c.data(), c.shape(0), c.shape(1)}; }
inline const SparseCenters& rows(const SparseCenters& c) { return c; }

}  // namespace globular
