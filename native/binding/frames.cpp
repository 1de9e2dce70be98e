// Frames and what is computed on them alone: the survey of the points, their spread, means and costs.
#include "../frame.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "../assign/labelled.hpp"
#include "../seed/field.hpp"
#include "arrays.hpp"

namespace globular {
namespace {

std::optional<std::pair<std::size_t, std::size_t>> not_finite(const Frame& frame) {
    const NotFinite& bad = frame.range().not_finite;
    if (!bad.found) return std::nullopt;
    return std::pair{bad.row, bad.feature};
}

template <class P>
Frame survey(const P& points, const std::optional<Vector>& w, std::size_t n_terms, double total_weight,
             bool whole, double smallest_weight, double largest_weight, std::size_t n_threads) {
    if (w && w->shape(0) != points.shape(0)) throw std::invalid_argument("weights must be one a point");
    const Kernels& widest = level("");
    return unlocked([&] {
        return Frame(
            range_of(rows(points), widest, whole ? weights(w) : Weights{}, n_threads, signal_arrived),
            Capacity{n_terms, total_weight, whole}, smallest_weight, largest_weight);
    });
}

template <class T>
Spread spread(const Frame& frame, const Points<T>& points, const std::optional<Vector>& w,
              std::size_t n_threads) {
    const Kernels& widest = level("");
    return unlocked(
        [&] { return frame.spread(rows(points), weights(w), widest, n_threads, signal_arrived); });
}
template <class T>
Spread spread_of_sparse(const Frame& frame, const SparsePoints<T>& points, const std::optional<Vector>& w,
                        std::size_t n_threads) {
    return unlocked([&] { return frame.spread(rows(points), weights(w), n_threads, signal_arrived); });
}

void check_labels(const Labels& labels, std::size_t n, std::size_t k) {
    const auto in_range = [=](std::int32_t j) { return j >= 0 && static_cast<std::size_t>(j) < k; };
    if (labels.shape(0) != n || !std::all_of(labels.data(), labels.data() + n, in_range))
        throw std::invalid_argument("labels and points are not of one E-step");
}

// What each cluster adds to the cost about some centers.
struct Excesses {
    std::vector<Excess> clusters;
};

// What an M-step needs of labelled rows, without sums that outgrow them (assign/labelled.hpp).
template <class P>
nb::tuple learn_labelled(const P& points, const std::optional<Vector>& w, const Frame& frame,
                         const Labels& labels, const Centers& centers, std::size_t n_threads) {
    check_centers(centers, frame.d());
    check_borrowed(points, w, frame);
    check_labels(labels, points.shape(0), centers.shape(0));
    const std::size_t k = centers.shape(0), d = frame.d();
    Array<double> means = new_array<double>({k, d});
    Excesses excess{std::vector<Excess>(k)};
    const Kernels& widest = level("");
    unlocked([&] {
        Labelled<decltype(rows(points))>{rows(points), weights(w), &frame, &widest, labels.data()}.learn(
            rows(centers), n_threads, signal_arrived, means.data(), excess.clusters.data());
        return 0;
    });
    return nb::make_tuple(means, std::move(excess));
}
template <class P>
nb::tuple learn_sparse(const P& points, const std::optional<Vector>& w, const Frame& frame,
                       const Labels& labels, const SparseCenters& centers, std::size_t n_threads) {
    check_centers(centers, frame.d());
    check_borrowed(points, w, frame);
    check_labels(labels, points.shape(0), centers.n());
    SparseCenters means(centers.n(), centers.d());
    Excesses excess{std::vector<Excess>(centers.n())};
    const Kernels& widest = level("");
    unlocked([&] {
        Labelled<decltype(rows(points))>{rows(points), weights(w), &frame, &widest, labels.data()}.learn(
            centers, n_threads, signal_arrived, means, excess.clusters.data());
        return 0;
    });
    return nb::make_tuple(std::move(means), std::move(excess));
}

template <class P>
Array<double> sums_of(const P& points, const std::optional<Vector>& w, const Frame& frame,
                      const Labels& labels, std::size_t k, std::size_t n_threads) {
    check_borrowed(points, w, frame);
    check_labels(labels, points.shape(0), k);
    const std::vector<double> sums = unlocked([&] {
        return Labelled<decltype(rows(points))>{rows(points), weights(w), &frame, &level(""), labels.data()}
            .sums(k, n_threads, signal_arrived);
    });
    return copy_of(sums.data(), {k, static_cast<std::size_t>(frame.pieces()), frame.d()});
}

Array<double> weights_of(const std::optional<Vector>& w, const Frame& frame, const Labels& labels,
                         std::size_t k) {
    check_labels(labels, w ? w->shape(0) : labels.shape(0), k);
    const auto pieces = static_cast<std::size_t>(frame.pieces());
    Array<double> out = new_array<double>({k, pieces});
    std::fill_n(out.data(), k * pieces, 0.0);
    for (std::size_t i = 0; i < labels.shape(0); ++i)
        frame.add_weight(weights(w)[i], 1.0,
                         out.data() + static_cast<std::size_t>(labels.data()[i]) * pieces);
    return out;
}

template <class C>
void check_same(const C& before, const C& after) {
    if (count_of(before) != count_of(after) || features_of(before) != features_of(after))
        throw std::invalid_argument("before and after are not of the same centers");
}

std::pair<double, std::size_t> moves(const Centers& before, const Centers& after) {
    check_same(before, after);
    const PlainArithmetic plain;
    constexpr std::size_t kSums = 8;  // that do not wait for each other
    const std::size_t d = before.shape(1);
    double totals[kSums] = {};
    std::size_t n_moved = 0;
    for (std::size_t j = 0; j < before.shape(0); ++j) {
        const double *from = before.data() + j * d, *to = after.data() + j * d;
        if (std::memcmp(from, to, d * sizeof *from) == 0) continue;
        std::size_t f = 0;
        for (; f + kSums <= d; f += kSums)
            for (std::size_t e = 0; e < kSums; ++e)
                totals[e] += (to[f + e] - from[f + e]) * (to[f + e] - from[f + e]);
        for (std::size_t e = 0; f < d; ++e, ++f) totals[e] += (to[f] - from[f]) * (to[f] - from[f]);
        n_moved += !std::equal(from, from + d, to);
    }
    return {std::accumulate(totals, totals + kSums, 0.0), n_moved};
}

std::pair<double, std::size_t> sparse_moves(const SparseCenters& before, const SparseCenters& after) {
    check_same(before, after);
    const PlainArithmetic plain;
    return before.moves(after);
}

Array<double> magic(const Frame& frame) {
    const auto pieces = static_cast<std::size_t>(frame.pieces());
    Array<double> out = new_array<double>({pieces, frame.d()});
    for (std::size_t p = 0; p < pieces; ++p)
        for (std::size_t f = 0; f < frame.d(); ++f)
            out.data()[p * frame.d() + f] = frame.grid(f).of(static_cast<int>(p));
    return out;
}

Array<double> magic_of(const Grid& grid) {
    Array<double> out = new_array<double>({static_cast<std::size_t>(grid.pieces())});
    for (int p = 0; p < grid.pieces(); ++p) out.data()[p] = grid.magic(p);
    return out;
}

// Properties that build their array: it belongs to whoever asked.
constexpr auto kFresh = nb::rv_policy::move;

}  // namespace

template <class T>
void bind_sparse_points(nb::module_& m, const char* name) {
    using Values = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
    using Features = nb::ndarray<const std::int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
    using Starts = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
    nb::class_<SparsePoints<T>>(m, name, "Sparse rows (CSR), borrowed.")
        .def(
            "__init__",
            [](SparsePoints<T>* self, Values values, Features features, Starts starts, std::size_t d) {
                if (starts.shape(0) == 0 || values.shape(0) != features.shape(0) ||
                    static_cast<std::size_t>(starts.data()[starts.shape(0) - 1]) > values.shape(0))
                    throw std::invalid_argument("values, features and starts are not of one matrix");
                new (self) SparsePoints<T>{std::move(values), std::move(features), std::move(starts), d};
            },
            "values"_a.noconvert(), "features"_a.noconvert(), "starts"_a.noconvert(), "d"_a)
        .def(
            "distances_to",
            [](const SparsePoints<T>& self, std::size_t row) {
                if (row >= self.shape(0)) throw std::out_of_range("row");
                Array<double> out = new_array<double>({self.shape(0)});
                unlocked([&] {
                    distances_to_row(rows(self), row, out.data());
                    return 0;
                });
                return out;
            },
            "row"_a);
}

void bind_frames(nb::module_& m) {
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
                const PlainArithmetic plain;
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
        .def_prop_ro("largest", [](const Frame& f) { return f.range().largest(); })
        .def_prop_ro("pieces", &Frame::pieces)
        .def_prop_ro("holds_all", &Frame::holds_all)
        .def_prop_ro("whole_weights", [](const Frame& f) { return f.capacity().whole_weights; })
        .def_prop_ro("magic", &magic, kFresh)
        .def_prop_ro(
            "weight_magic", [](const Frame& f) { return magic_of(f.weight_grid()); }, kFresh)
        .def(
            "distance_magic",
            [](const Frame& f, double largest) { return magic_of(f.distance_grid(largest)); }, "largest"_a);
    const auto survey_args = [&](auto survey_of_type) {
        m.def("survey", survey_of_type, "points"_a.noconvert(), "weights"_a.noconvert().none(), "n_terms"_a,
              "total_weight"_a, "whole_weights"_a, "smallest_weight"_a, "largest_weight"_a, "n_threads"_a);
    };
    survey_args(&survey<Points<float>>);
    survey_args(&survey<Points<double>>);
    bind_sparse_points<float>(m, "SparseF32");
    bind_sparse_points<double>(m, "SparseF64");
    survey_args(&survey<SparsePoints<float>>);
    survey_args(&survey<SparsePoints<double>>);
    const auto spread_args = [&](auto spread_of_type) {
        m.def("spread", spread_of_type, "frame"_a, "points"_a.noconvert(), "weights"_a.noconvert().none(),
              "n_threads"_a);
    };
    spread_args(&spread<float>);
    spread_args(&spread<double>);
    spread_args(&spread_of_sparse<float>);
    spread_args(&spread_of_sparse<double>);
    m.def("moves", &moves, "before"_a, "after"_a, "(sum of squared ways, centers that moved)");
    m.def("moves", &sparse_moves, "before"_a, "after"_a);
    nb::class_<Excesses>(m, "Excess", "What each cluster adds to the cost about some centers.")
        .def(
            "cost",
            [](const Excesses& e, const Spread& spread) {
                const PlainArithmetic plain;
                return cost_of(spread, e.clusters);
            },
            "spread"_a);
    m.def("weights_of", &weights_of, "weights"_a.noconvert().none(), "frame"_a, "labels"_a.noconvert(), "k"_a,
          "weight (k, pieces)");
    const auto labelled = [&](auto learn_type, auto sums_type) {
        m.def("learn", learn_type, "points"_a.noconvert(), "weights"_a.noconvert().none(), "frame"_a,
              "labels"_a.noconvert(), "centers"_a.noconvert(), "n_threads"_a, "(means, excess)");
        m.def("sums_of", sums_type, "points"_a.noconvert(), "weights"_a.noconvert().none(), "frame"_a,
              "labels"_a.noconvert(), "k"_a, "n_threads"_a, "sums (k, pieces, d)");
    };
    labelled(&learn_labelled<Points<float>>, &sums_of<Points<float>>);
    labelled(&learn_labelled<Points<double>>, &sums_of<Points<double>>);
    labelled(&learn_labelled<SparsePoints<float>>, &sums_of<SparsePoints<float>>);
    labelled(&learn_labelled<SparsePoints<double>>, &sums_of<SparsePoints<double>>);
    const auto sparse = [&](auto learn_type) {
        m.def("learn", learn_type, "points"_a.noconvert(), "weights"_a.noconvert().none(), "frame"_a,
              "labels"_a.noconvert(), "centers"_a, "n_threads"_a);
    };
    sparse(&learn_sparse<SparsePoints<float>>);
    sparse(&learn_sparse<SparsePoints<double>>);
}

}  // namespace globular
