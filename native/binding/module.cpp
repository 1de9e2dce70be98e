// The border to Python: check, borrow, release the interpreter, convert. No arithmetic.
#include <algorithm>
#include <cmath>

#include "../assign/assign.hpp"
#include "../assign/sparse_session.hpp"
#include "../assign/transform.hpp"
#include "../draw.hpp"
#include "../level/dispatch.hpp"
#include "arrays.hpp"

namespace globular {
namespace {

// P are Points<T> or SparsePoints<T>. Nothing if some value is not finite, or above `most`.
template <class P, class C>
std::optional<Array<std::int32_t>> assign_points(const P& points, const C& centers,
                                                 const std::string& level_name, std::size_t n_threads,
                                                 double most) {
    check_centers(centers, points.shape(1));
    const Kernels& kernels = level(level_name);
    Array<std::int32_t> labels = new_array<std::int32_t>({points.shape(0)});
    const bool sound = unlocked([&] {
        const Range range = range_of(rows(points), kernels, {}, n_threads, signal_arrived);
        if (range.not_finite.found || range.largest() > most) return false;
        assign(rows(points), range, rows(centers), kernels, n_threads, signal_arrived, labels.data());
        return true;
    });
    return sound ? std::optional(labels) : std::nullopt;
}

template <class T, class P>
Array<T> transform_points(const P& points, const Centers& centers, std::size_t n_threads) {
    check_centers(centers, points.shape(1));
    Array<T> out = new_array<T>({points.shape(0), centers.shape(0)});
    unlocked([&] { return transform(rows(points), rows(centers), n_threads, signal_arrived, out.data()); });
    return out;
}

bool all_finite(const Centers& centers) {
    return std::all_of(centers.data(), centers.data() + centers.size(),
                       [](double c) { return std::isfinite(c); });
}

}  // namespace
}  // namespace globular

NB_MODULE(_native, m) {
    using namespace globular;
    // A session that a module-level variable still holds when the interpreter ends is no leak.
    nb::set_leak_warnings(false);
    m.doc() = "The native core of globular; see native/ for what each piece promises.";
    bind_centers(m);
    bind_frames(m);
    bind_tallies(m);
    bind_sessions(m);
    bind_fields(m);
    bind_criteria(m);
    const auto assign_args = [&](auto assign_of_type) {
        m.def("assign", assign_of_type, "points"_a.noconvert(), "centers"_a.noconvert(), "level"_a,
              "n_threads"_a, "most"_a);
    };
    assign_args(&assign_points<Points<float>, Centers>);
    assign_args(&assign_points<Points<double>, Centers>);
    assign_args(&assign_points<SparsePoints<float>, SparseCenters>);
    assign_args(&assign_points<SparsePoints<double>, SparseCenters>);
    m.def("all_finite", &all_finite, "centers"_a.noconvert());
    m.def("all_finite", &SparseCenters::finite, "centers"_a);
    const auto transform_args = [&](auto transform_of_type) {
        m.def("transform", transform_of_type, "points"_a.noconvert(), "centers"_a.noconvert(), "n_threads"_a);
    };
    transform_args(&transform_points<float, Points<float>>);
    transform_args(&transform_points<double, Points<double>>);
    transform_args(&transform_points<float, SparsePoints<float>>);
    transform_args(&transform_points<double, SparsePoints<double>>);
    m.def(
        "uniforms",
        [](std::uint64_t seed, std::uint64_t stream, std::uint64_t start, std::size_t count) {
            Array<double> out = new_array<double>({count});
            for (std::size_t i = 0; i < count; ++i) out.data()[i] = uniform(seed, stream, start + i);
            return out;
        },
        "seed"_a, "stream"_a, "start"_a, "count"_a);
    m.def(
        "uniforms_at",
        [](std::uint64_t seed, std::uint64_t stream, const Hashes& indices) {
            Array<double> out = new_array<double>({indices.shape(0)});
            for (std::size_t i = 0; i < out.size(); ++i)
                out.data()[i] = uniform(seed, stream, indices.data()[i]);
            return out;
        },
        "seed"_a, "stream"_a, "indices"_a.noconvert());
    m.def(
        "costs_like", [](const std::string& name) { return std::string(costs_like(level(name))); },
        "level"_a);
    m.def("levels", [] {
        std::vector<std::string> names;
        for (const Kernels* kernels : available_levels()) names.emplace_back(kernels->name);
        return names;
    });
    m.def("level", [](const std::string& name) { return std::string(level(name).name); }, "name"_a);
}
