// Criteria: what tells a good number of clusters.
#include "../criteria/dip.hpp"
#include "../criteria/silhouette.hpp"
#include "arrays.hpp"

namespace globular {
namespace {

// (2, m): mean distances of some rows to their own cluster, and to the nearest other one.
template <class T>
Array<double> cluster_distances(const Points<T>& points, const std::optional<Vector>& w, const Labels& labels,
                                std::size_t k, const Indices& which, double scale,
                                const std::string& level_name, std::size_t n_threads) {
    const std::size_t n = points.shape(0);
    if (w && w->shape(0) != n) throw std::invalid_argument("weights must be one a point");
    const auto in_range = [=](std::int32_t j) { return j >= 0 && static_cast<std::size_t>(j) < k; };
    if (labels.shape(0) != n || !std::all_of(labels.data(), labels.data() + n, in_range))
        throw std::invalid_argument("labels must be one a point, from 0 to k - 1");
    check_rows(which, n);
    const Kernels& kernels = level(level_name);
    const std::size_t count = which.shape(0);
    Array<double> out = new_array<double>({2, count});
    unlocked([&] {
        const ClusterDistances packed(rows(points), weights(w), labels.data(), k, scale, kernels);
        return packed.means(rows(points), weights(w), labels.data(), which.data(), count, n_threads,
                            signal_arrived, out.data(), out.data() + count);
    });
    return out;
}

}  // namespace

void bind_criteria(nb::module_& m) {
    const auto distances_args = [&](auto of_type) {
        m.def("cluster_distances", of_type, "points"_a.noconvert(), "weights"_a.noconvert().none(),
              "labels"_a.noconvert(), "k"_a, "which"_a.noconvert(), "scale"_a, "level"_a, "n_threads"_a);
    };
    distances_args(&cluster_distances<float>);
    distances_args(&cluster_distances<double>);
    m.def(
        "dip",
        [](const Vector& values, const Vector& w) {
            if (w.shape(0) != values.shape(0)) throw std::invalid_argument("weights must be one a value");
            return unlocked([&] { return dip(values.data(), w.data(), values.shape(0)); });
        },
        "values"_a.noconvert(), "weights"_a.noconvert());
}

}  // namespace globular
