// The border to Python: check, borrow, release the interpreter, convert. No arithmetic.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <atomic>
#include <optional>
#include <stdexcept>

#include "../assign/assign.hpp"
#include "../assign/session.hpp"
#include "../assign/transform.hpp"
#include "../draw.hpp"
#include "../frame.hpp"
#include "../level/dispatch.hpp"
#include "../seed/field.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace globular {
namespace {

template <class T>
using Points = nb::ndarray<const T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Vector = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Centers = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Cube = nb::ndarray<const double, nb::ndim<3>, nb::c_contig, nb::device::cpu>;
using Indices = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <class T>
using Array = nb::ndarray<nb::numpy, T>;

template <class T>
Rows<T> rows(const Points<T>& a) {
    return {a.data(), a.shape(0), a.shape(1)};
}

Weights weights(const std::optional<Vector>& w) { return {w ? w->data() : nullptr}; }

template <class T>
Array<T> new_array(std::initializer_list<std::size_t> shape) {
    std::size_t size = 1;
    for (const std::size_t s : shape) size *= s;
    T* data = new T[size];
    const nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<T*>(p); });
    return Array<T>(data, shape.size(), shape.begin(), owner);
}

template <class T>
Array<T> copy_of(const T* from, std::initializer_list<std::size_t> shape) {
    Array<T> out = new_array<T>(shape);
    std::copy_n(from, out.size(), out.data());
    return out;
}

// Asked by the calling thread while it works without the interpreter's lock.
bool signal_arrived() {
    const nb::gil_scoped_acquire hold;
    return PyErr_CheckSignals() != 0;
}

// Runs work() without the lock; then raises what a signal handler may have left behind.
template <class Work>
auto unlocked(Work&& work) {
    std::optional<decltype(work())> result;
    {
        const nb::gil_scoped_release free;
        result.emplace(work());
    }
    if (PyErr_Occurred()) throw nb::python_error();
    return std::move(*result);
}

std::optional<std::pair<std::size_t, std::size_t>> not_finite(const Frame& frame) {
    const NotFinite& bad = frame.range().not_finite;
    if (!bad.found) return std::nullopt;
    return std::pair{bad.row, bad.feature};
}

template <class T>
Frame survey(const Points<T>& points, const std::optional<Vector>& w, std::size_t n_terms,
             double total_weight, bool whole, double largest_weight, std::size_t n_threads) {
    if (w && w->shape(0) != points.shape(0)) throw std::invalid_argument("weights must be one a point");
    return unlocked([&] {
        return Frame(range_of(rows(points), whole ? weights(w) : Weights{}, n_threads, signal_arrived),
                     Capacity{n_terms, total_weight, whole}, largest_weight);
    });
}

template <class T>
Spread spread(const Frame& frame, const Points<T>& points, const std::optional<Vector>& w,
              std::size_t n_threads) {
    return unlocked([&] { return frame.spread(rows(points), weights(w), n_threads, signal_arrived); });
}

// A native object with the arrays it borrows, refused to a second caller at the same time.
template <class T, class Core>
struct Borrowing {
    nb::object frame;
    Points<T> points;
    std::optional<Vector> w;
    std::optional<Core> core;
    std::atomic_flag busy = ATOMIC_FLAG_INIT;

    Borrowing(nb::object frame, Points<T> points, std::optional<Vector> w)
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

void check_centers(const Centers& centers, std::size_t d) {
    if (centers.shape(0) == 0 || centers.shape(1) != d)
        throw std::invalid_argument("centers must be (k >= 1, " + std::to_string(d) + "), not (" +
                                    std::to_string(centers.shape(0)) + ", " +
                                    std::to_string(centers.shape(1)) + ")");
}

// Nothing may be asked about labels before an E-step, nor with other centers than it had.
void check_labelled(std::size_t k, std::size_t labelled) {
    if (labelled == 0) throw std::invalid_argument("there are no labels yet: call e_step first");
    if (k != labelled)
        throw std::invalid_argument("the labels are of " + std::to_string(labelled) + " centers, not of " +
                                    std::to_string(k));
}

template <class T>
void check_borrowed(const Points<T>& points, const std::optional<Vector>& w, const Frame& frame) {
    if (frame.d() != points.shape(1)) throw std::invalid_argument("the frame is of other points");
    if (w && w->shape(0) != points.shape(0)) throw std::invalid_argument("weights must be one a point");
}

void check_rows(const Indices& at, std::size_t n) {
    for (std::size_t e = 0; e < at.shape(0); ++e)
        if (at.data()[e] < 0 || static_cast<std::size_t>(at.data()[e]) >= n)
            throw std::out_of_range("row " + std::to_string(at.data()[e]) + " of " + std::to_string(n));
}

void check_sums(const Centers& weight, const Cube& sums, const Frame& frame, const Centers& centers) {
    const auto pieces = static_cast<std::size_t>(frame.pieces());
    if (weight.shape(0) != centers.shape(0) || weight.shape(1) != pieces ||
        sums.shape(0) != centers.shape(0) || sums.shape(1) != pieces || sums.shape(2) != frame.d())
        throw std::invalid_argument("weight, sums and centers are not of one tally");
}

Rows<double> rows(const Centers& c) { return {c.data(), c.shape(0), c.shape(1)}; }

std::pair<Array<double>, Array<double>> arrays_of(const ClusterSums& s) {
    const auto pieces = static_cast<std::size_t>(s.pieces);
    return {copy_of(s.weight.data(), {s.k, pieces}), copy_of(s.sums.data(), {s.k, pieces, s.d})};
}

template <class T>
void bind_session(nb::module_& m, const char* name) {
    using Held = Borrowing<T, Session<T>>;
    nb::class_<Held>(m, name)
        .def(
            "__init__",
            [](Held* self, Points<T> points, std::optional<Vector> w, nb::handle_t<Frame> frame,
               const std::string& level_name) {
                const Kernels& kernels = level(level_name);
                check_borrowed(points, w, *nb::inst_ptr<Frame>(frame));
                new (self) Held(nb::borrow(frame), std::move(points), std::move(w));
                self->core.emplace(rows(self->points), weights(self->w), self->the_frame(), kernels);
            },
            "points"_a.noconvert(), "weights"_a.noconvert().none(), "frame"_a, "level"_a)
        .def(
            "e_step",
            [](Held& self, const Centers& centers, std::size_t n_threads) {
                check_centers(centers, self.points.shape(1));
                const StepCounts c =
                    self.alone([&] { return self.core->e_step(rows(centers), n_threads, signal_arrived); });
                const auto [weight, sums] = arrays_of(self.core->sums());
                return nb::make_tuple(weight, sums, c.n_changed, c.n_settled, c.n_distances);
            },
            "centers"_a.noconvert(), "n_threads"_a,
            "(weight (k, pieces), sums (k, pieces, d), n_changed, n_settled, n_distances)")
        .def(
            "move",
            [](Held& self, const Indices& at, std::int32_t to) {
                const std::size_t k = self.core->k();
                check_labelled(k, k);
                check_rows(at, self.points.shape(0));
                if (to < 0 || static_cast<std::size_t>(to) >= k) throw std::out_of_range("cluster");
                self.alone([&] {
                    self.core->move(at.data(), at.shape(0), to);
                    return 0;
                });
                const auto [weight, sums] = arrays_of(self.core->sums());
                return nb::make_tuple(weight, sums);
            },
            "rows"_a.noconvert(), "to"_a, "(weight, sums) after the move")
        .def(
            "distances",
            [](Held& self, const Centers& centers, std::size_t n_threads) {
                check_centers(centers, self.points.shape(1));
                check_labelled(centers.shape(0), self.core->k());
                Array<double> out = new_array<double>({self.points.shape(0)});
                self.alone([&] {
                    self.core->distances(rows(centers), n_threads, out.data());
                    return 0;
                });
                return out;
            },
            "centers"_a.noconvert(), "n_threads"_a)
        .def(
            "cost",
            [](Held& self, const Centers& centers, std::size_t n_threads) {
                check_centers(centers, self.points.shape(1));
                check_labelled(centers.shape(0), self.core->k());
                return self.alone([&] { return self.core->cost(rows(centers), n_threads); });
            },
            "centers"_a.noconvert(), "n_threads"_a)
        .def("labels",
             [](Held& self) {
                 check_labelled(self.core->k(), self.core->k());
                 Array<std::int32_t> out = new_array<std::int32_t>({self.points.shape(0)});
                 self.alone([&] {
                     self.core->labels(out.data());
                     return 0;
                 });
                 return out;
             })
        .def("forget", [](Held& self) { self.core->forget(); });
}

template <class T>
void bind_field(nb::module_& m, const char* name) {
    using Held = Borrowing<T, Field<T>>;
    nb::class_<Held>(m, name)
        .def(
            "__init__",
            [](Held* self, Points<T> points, std::optional<Vector> w, nb::handle_t<Frame> frame,
               std::size_t n_threads) {
                check_borrowed(points, w, *nb::inst_ptr<Frame>(frame));
                new (self) Held(nb::borrow(frame), std::move(points), std::move(w));
                self->alone([&] {
                    self->core.emplace(rows(self->points), weights(self->w), self->the_frame(), n_threads);
                    return 0;
                });
            },
            "points"_a.noconvert(), "weights"_a.noconvert().none(), "frame"_a, "n_threads"_a)
        .def(
            "draw",
            [](Held& self, const Vector& u) {
                Array<std::int64_t> out = new_array<std::int64_t>({u.shape(0)});
                self.alone([&] {
                    self.core->draw(u.data(), u.shape(0), out.data());
                    return 0;
                });
                return out;
            },
            "u"_a.noconvert())
        .def(
            "potentials",
            [](Held& self, const Indices& at) {
                check_rows(at, self.points.shape(0));
                Array<double> out = new_array<double>({at.shape(0)});
                self.alone([&] {
                    self.core->potentials(at.data(), at.shape(0), out.data());
                    return 0;
                });
                return out;
            },
            "rows"_a.noconvert())
        .def(
            "add",
            [](Held& self, std::size_t row) {
                if (row >= self.points.shape(0)) throw std::out_of_range("row");
                self.alone([&] {
                    self.core->add(rows(self.points)[row]);
                    return 0;
                });
            },
            "row"_a)
        .def("distances", [](const Held& self) {
            const std::vector<double>& v = self.core->distances();
            return copy_of(v.data(), {v.size()});
        });
}

template <class T>
Array<std::int32_t> assign_points(const Points<T>& points, const Frame& frame, const Centers& centers,
                                  const std::string& level_name, std::size_t n_threads) {
    check_centers(centers, points.shape(1));
    const Kernels& kernels = level(level_name);
    Array<std::int32_t> labels = new_array<std::int32_t>({points.shape(0)});
    unlocked([&] {
        return assign(rows(points), frame.range(), rows(centers), kernels, n_threads, signal_arrived,
                      labels.data());
    });
    return labels;
}

template <class T>
Array<T> transform_points(const Points<T>& points, const Centers& centers, std::size_t n_threads) {
    check_centers(centers, points.shape(1));
    Array<T> out = new_array<T>({points.shape(0), centers.shape(0)});
    unlocked([&] { return transform(rows(points), rows(centers), n_threads, signal_arrived, out.data()); });
    return out;
}

Array<double> new_means(const Centers& weight, const Cube& sums, const Frame& frame, const Centers& centers) {
    check_centers(centers, frame.d());
    check_sums(weight, sums, frame, centers);
    Array<double> out = copy_of(centers.data(), {centers.shape(0), centers.shape(1)});
    means(weight.data(), sums.data(), weight.shape(0), static_cast<int>(weight.shape(1)), frame.origin(),
          out.data());
    return out;
}

double cost_of(const Centers& weight, const Cube& sums, const Frame& frame, const Spread& spread,
               const Centers& centers) {
    check_centers(centers, frame.d());
    check_sums(weight, sums, frame, centers);
    return cost_from_sums(weight.data(), sums.data(), weight.shape(0), static_cast<int>(weight.shape(1)),
                          frame.origin(), spread, centers.data());
}

Array<double> magic(const Frame& frame) {
    const auto pieces = static_cast<std::size_t>(frame.pieces());
    Array<double> out = new_array<double>({pieces, frame.d()});
    for (std::size_t p = 0; p < pieces; ++p)
        for (std::size_t f = 0; f < frame.d(); ++f)
            out.data()[p * frame.d() + f] = frame.grid(f).magic(static_cast<int>(p));
    return out;
}

Array<double> magic_of(const Grid& grid) {
    Array<double> out = new_array<double>({static_cast<std::size_t>(grid.pieces())});
    for (int p = 0; p < grid.pieces(); ++p) out.data()[p] = grid.magic(p);
    return out;
}

// Properties that build their array: it belongs to whoever asked.
constexpr auto kFresh = nb::rv_policy::move;

void bind_frame(nb::module_& m) {
    nb::class_<Spread>(m, "Spread", "Sums of w * t and w * t^2 over all rows, t = x - origin.")
        .def_ro("total_weight", &Spread::total_weight)
        .def_prop_ro("total_sq",
                     [](const Spread& s) {
                         double total = 0.0;
                         for (const Double2& v : s.sums_sq) total += v.hi;
                         return total;
                     })
        .def_prop_ro(
            "variance",
            [](const Spread& s) {
                Array<double> out = new_array<double>({s.sums.size()});
                variances(s, out.data());
                return out;
            },
            kFresh);
    nb::class_<Frame>(m, "Frame", "Range, origin and summation grids of a weighted set of rows.")
        .def_prop_ro("not_finite", &not_finite)
        .def_prop_ro(
            "origin", [](const Frame& f) { return copy_of(f.origin().data(), {f.d()}); }, kFresh)
        .def_prop_ro(
            "lowest", [](const Frame& f) { return copy_of(f.range().lowest.data(), {f.d()}); }, kFresh)
        .def_prop_ro(
            "highest", [](const Frame& f) { return copy_of(f.range().highest.data(), {f.d()}); }, kFresh)
        .def_prop_ro("pieces", &Frame::pieces)
        .def_prop_ro("whole_weights", [](const Frame& f) { return f.capacity().whole_weights; })
        .def_prop_ro("magic", &magic, kFresh)
        .def_prop_ro(
            "weight_magic", [](const Frame& f) { return magic_of(f.weight_grid()); }, kFresh)
        .def(
            "distance_magic",
            [](const Frame& f, double largest) { return magic_of(f.distance_grid(largest)); }, "largest"_a);
}

}  // namespace
}  // namespace globular

NB_MODULE(_native, m) {
    using namespace globular;
    // A session that a module-level variable still holds when the interpreter ends is no leak.
    nb::set_leak_warnings(false);
    m.doc() = "The native core of globular; see native/ for what each piece promises.";
    bind_frame(m);
    const auto survey_args = [&](auto survey_of_type) {
        m.def("survey", survey_of_type, "points"_a.noconvert(), "weights"_a.noconvert().none(), "n_terms"_a,
              "total_weight"_a, "whole_weights"_a, "largest_weight"_a, "n_threads"_a);
    };
    survey_args(&survey<float>);
    survey_args(&survey<double>);
    const auto spread_args = [&](auto spread_of_type) {
        m.def("spread", spread_of_type, "frame"_a, "points"_a.noconvert(), "weights"_a.noconvert().none(),
              "n_threads"_a);
    };
    spread_args(&spread<float>);
    spread_args(&spread<double>);
    const auto assign_args = [&](auto assign_of_type) {
        m.def("assign", assign_of_type, "points"_a.noconvert(), "frame"_a, "centers"_a.noconvert(), "level"_a,
              "n_threads"_a);
    };
    assign_args(&assign_points<float>);
    assign_args(&assign_points<double>);
    const auto transform_args = [&](auto transform_of_type) {
        m.def("transform", transform_of_type, "points"_a.noconvert(), "centers"_a.noconvert(), "n_threads"_a);
    };
    transform_args(&transform_points<float>);
    transform_args(&transform_points<double>);
    bind_session<float>(m, "SessionF32");
    bind_session<double>(m, "SessionF64");
    bind_field<float>(m, "FieldF32");
    bind_field<double>(m, "FieldF64");
    m.def("means", &new_means, "weight"_a, "sums"_a, "frame"_a, "centers"_a);
    m.def("cost", &cost_of, "weight"_a, "sums"_a, "frame"_a, "spread"_a, "centers"_a);
    m.def(
        "uniforms",
        [](std::uint64_t seed, std::uint64_t stream, std::uint64_t start, std::size_t count) {
            Array<double> out = new_array<double>({count});
            for (std::size_t i = 0; i < count; ++i) out.data()[i] = uniform(seed, stream, start + i);
            return out;
        },
        "seed"_a, "stream"_a, "start"_a, "count"_a);
    m.def("levels", [] {
        std::vector<std::string> names;
        for (const Kernels* kernels : available_levels()) names.emplace_back(kernels->name);
        return names;
    });
    m.def("level", [](const std::string& name) { return std::string(level(name).name); }, "name"_a);
}
