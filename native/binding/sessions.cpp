// Sessions: the fast engine's E-steps.
#include "../assign/session.hpp"

#include "../assign/sparse_session.hpp"
#include "../level/dispatch.hpp"
#include "arrays.hpp"

namespace globular {
namespace {

// Nothing may be asked about labels before an E-step, nor with other centers than it had.
void check_labelled(std::size_t k, std::size_t labelled) {
    if (labelled == 0) throw std::invalid_argument("there are no labels yet: call e_step first");
    if (k != labelled)
        throw std::invalid_argument("the labels are of " + std::to_string(labelled) + " centers, not of " +
                                    std::to_string(k));
}

Way way_called(const std::string& name) {
    constexpr std::pair<const char*, Way> kWays[] = {{"auto", Way::automatic},  {"brute", Way::brute},
                                                     {"hamerly", Way::hamerly}, {"yinyang", Way::yinyang},
                                                     {"heads", Way::heads},     {"kanungo", Way::kanungo}};
    for (const auto& [called, way] : kWays)
        if (name == called) return way;
    throw std::invalid_argument("there is no way called " + name);
}

// What an E-step learned: the sums, or where they are not kept the labels that they follow from.
template <class Core>
nb::tuple labels_of(const Core& session, std::size_t n) {
    Array<std::int32_t> labels = new_array<std::int32_t>({n});
    session.labels(labels.data());
    return nb::make_tuple(labels);
}
template <class T>
nb::tuple learned(const Session<T>& session, std::size_t n) {
    using Held = std::shared_ptr<const ClusterSums>;
    if (!session.sums()) return labels_of(session, n);
    const auto held = std::make_unique<Held>(session.sums()).release();
    const nb::capsule owner(held, [](void* p) noexcept { delete static_cast<Held*>(p); });
    const ClusterSums& s = **held;
    const auto pieces = static_cast<std::size_t>(s.pieces);
    using ReadOnly = nb::ndarray<nb::numpy, const double>;
    return nb::make_tuple(ReadOnly(s.weight.data(), {s.k, pieces}, owner),
                          ReadOnly(s.sums.data(), {s.k, pieces, s.d}, owner));
}
template <class T>
nb::tuple learned(const SparseSession<T>& session, std::size_t n) {
    return labels_of(session, n);
}

// P are Points<T> or SparsePoints<T>, Core is the session of such, C are the centers that it takes.
template <class P, class Core, class C>
void bind_session(nb::module_& m, const char* name) {
    using Held = Borrowing<P, Core>;
    nb::class_<Held>(m, name)
        .def(
            "__init__",
            [](Held* self, P points, std::optional<Vector> w, nb::handle_t<Frame> frame,
               const std::string& level_name, const std::string& way_name) {
                const Kernels& kernels = level(level_name);
                const Way way = way_called(way_name);
                check_borrowed(points, w, *nb::inst_ptr<Frame>(frame));
                new (self) Held(nb::borrow(frame), std::move(points), std::move(w));
                self->core.emplace(rows(self->points), weights(self->w), self->the_frame(), kernels, way);
            },
            "points"_a.noconvert(), "weights"_a.noconvert().none(), "frame"_a, "level"_a, "way"_a)
        .def(
            "e_step",
            [](Held& self, const C& centers, std::size_t n_threads) {
                check_centers(centers, self.points.shape(1));
                const StepCounts c =
                    self.alone([&] { return self.core->e_step(rows(centers), n_threads, signal_arrived); });
                return nb::borrow<nb::tuple>(learned(*self.core, self.points.shape(0)) +
                                             nb::make_tuple(c.n_changed, c.n_settled, c.n_distances));
            },
            "centers"_a.noconvert(), "n_threads"_a,
            "(weight (k, pieces) and sums (k, pieces, d), or labels (n,); n_changed, n_settled, n_distances)")
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
                return learned(*self.core, self.points.shape(0));
            },
            "rows"_a.noconvert(), "to"_a, "what is learned after the move")
        .def(
            "distances",
            [](Held& self, const C& centers, std::size_t n_threads) {
                check_centers(centers, self.points.shape(1));
                check_labelled(count_of(centers), self.core->k());
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
            [](Held& self, const C& centers, std::size_t n_threads) {
                check_centers(centers, self.points.shape(1));
                check_labelled(count_of(centers), self.core->k());
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
        .def("give_labels",
             [](Held& self) {
                 check_labelled(self.core->k(), self.core->k());
                 const std::size_t n = self.points.shape(0);
                 return array_of(self.alone([&] { return self.core->give_labels(); }), n);
             })
        .def("forget", [](Held& self) { self.core->forget(); })
        .def("rest", [](Held& self) {
            if constexpr (requires { self.core->rest(); }) self.core->rest();
        });
}

}  // namespace

void bind_sessions(nb::module_& m) {
    bind_session<Points<float>, Session<float>, Centers>(m, "SessionF32");
    bind_session<Points<double>, Session<double>, Centers>(m, "SessionF64");
    bind_session<SparsePoints<float>, SparseSession<float>, SparseCenters>(m, "SparseSessionF32");
    bind_session<SparsePoints<double>, SparseSession<double>, SparseCenters>(m, "SparseSessionF64");
}

}  // namespace globular
