// Sessions: the fast engine's E-steps.
#include "../assign/session.hpp"

#include "../assign/sparse_session.hpp"
#include "../level/dispatch.hpp"
#include "summed.hpp"

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
template <class Held>
nb::object learned(const Held& self, const StepCounts& counts, std::size_t n_threads) {
    if constexpr (requires { self.core->sums(); })
        if (self.core->sums()) return nb::cast(Summed(counts, n_threads, self.frame, self.core->sums()));
    Array<std::int32_t> labels = new_array<std::int32_t>({self.points.shape(0)});
    self.core->labels(labels.data());
    return nb::make_tuple(labels, counts.n_changed, counts.n_settled, counts.n_distances);
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
                const StepCounts counts =
                    self.alone([&] { return self.core->e_step(rows(centers), n_threads, signal_arrived); });
                return learned(self, counts, n_threads);
            },
            "centers"_a.noconvert(), "n_threads"_a,
            "Summed, or where sums are not kept (labels (n,), n_changed, n_settled, n_distances)")
        .def(
            "move",
            [](Held& self, const Indices& at, std::int32_t to, const nb::object& tally) {
                const std::size_t k = self.core->k();
                check_labelled(k, k);
                check_rows(at, self.points.shape(0));
                if (to < 0 || static_cast<std::size_t>(to) >= k) throw std::out_of_range("cluster");
                self.alone([&] {
                    self.core->move(at.data(), at.shape(0), to);
                    return 0;
                });
                const auto of = [&](const char* name) { return nb::cast<std::int64_t>(tally.attr(name)); };
                return learned(self, {of("n_changed"), of("n_settled"), of("n_distances")},
                               nb::cast<std::size_t>(tally.attr("n_threads")));
            },
            "rows"_a.noconvert(), "to"_a, "tally"_a,
            "what is learned after the move, with that tally's counts")
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
