// Tallies that hold sums.
#include <algorithm>
#include <numeric>

#include "../level/dispatch.hpp"
#include "../team.hpp"
#include "summed.hpp"

namespace globular {

double Summed::size(std::size_t j) const {
    const double* pieces = sums->weight.data() + j * static_cast<std::size_t>(sums->pieces);
    return std::accumulate(pieces, pieces + sums->pieces, 0.0);
}

std::vector<std::int64_t> Summed::empty() const {
    const PlainArithmetic plain;
    std::vector<std::int64_t> found;
    for (std::size_t j = 0; j < sums->k; ++j)
        if (size(j) == 0.0) found.push_back(static_cast<std::int64_t>(j));
    return found;
}

Summed::Learned Summed::learn(const Centers& centers) const {
    constexpr double kPerValue = 4.0;
    const std::size_t k = sums->k, d = sums->d, pieces = static_cast<std::size_t>(sums->pieces),
                      at_once = 1 + 4096 / d;
    if (centers.shape(0) != k || centers.shape(1) != d)
        throw std::invalid_argument("the centers are not those of this tally");
    Learned out{centers, new_array<double>({k, d}), std::vector<Excess>(k)};
    const Kernels& widest = level("");
    const Frame& on = the_frame();
    unlocked([&] {
        const std::size_t threads = worthwhile_threads(n_threads, kPerValue * static_cast<double>(k * d));
        return for_chunks(threads, chunks_of(k, at_once), {}, [&](std::size_t c, std::size_t) {
            for (std::size_t j = c * at_once; j < std::min(k, (c + 1) * at_once); ++j)
                out.excess[j] = globular::learn(on, widest, sums->weight.data() + j * pieces,
                                                sums->sums.data() + j * pieces * d, centers.data() + j * d,
                                                out.means.data() + j * d);
        });
    });
    return out;
}

Summed::Learned Summed::take(const Centers& centers) {
    std::optional<Learned> kept = std::move(beside_);
    beside_.reset();
    if (kept && kept->about.data() == centers.data() && kept->about.shape(0) == centers.shape(0))
        return std::move(*kept);
    return learn(centers);
}

Array<double> Summed::means(const Centers& centers) {
    Learned known = take(centers);
    if (!known.means.is_valid()) known = learn(centers);
    beside_ = Learned{centers, {}, std::move(known.excess)};
    return known.means;
}

double Summed::cost(const Centers& centers, const Spread& spread) {
    Learned known = take(centers);
    if (known.excess.empty()) known = learn(centers);
    const PlainArithmetic plain;
    const double cost = cost_of(spread, known.excess);
    if (known.means.is_valid()) beside_ = Learned{centers, std::move(known.means), {}};
    return cost;
}

namespace {

// A view of a tally's numbers, which keeps them.
Array<const double> view(const Summed& tally, const AlignedVector<double>& values,
                         std::initializer_list<std::size_t> shape) {
    using Held = std::shared_ptr<const ClusterSums>;
    const auto held = std::make_unique<Held>(tally.sums).release();
    const nb::capsule owner(held, [](void* p) noexcept { delete static_cast<Held*>(p); });
    return Array<const double>(values.data(), shape, owner);
}
Array<const double> weight_of(const Summed& tally) {
    return view(tally, tally.sums->weight, {tally.sums->k, static_cast<std::size_t>(tally.sums->pieces)});
}
Array<const double> sums_of(const Summed& tally) {
    const ClusterSums& s = *tally.sums;
    return view(tally, s.sums, {s.k, static_cast<std::size_t>(s.pieces), s.d});
}

Summed of_arrays(StepCounts counts, std::size_t n_threads, nb::handle_t<Frame> frame, const Centers& weight,
                 const Cube& sums) {
    const Frame& on = *nb::inst_ptr<Frame>(frame);
    const auto pieces = static_cast<std::size_t>(on.pieces());
    if (weight.shape(1) != pieces || sums.shape(0) != weight.shape(0) || sums.shape(1) != pieces ||
        sums.shape(2) != on.d())
        throw std::invalid_argument("weight, sums and frame are not of one tally");
    auto held = std::make_shared<ClusterSums>(weight.shape(0), on);
    std::copy_n(weight.data(), weight.size(), held->weight.data());
    std::copy_n(sums.data(), sums.size(), held->sums.data());
    return {counts, n_threads, nb::borrow(frame), std::move(held)};
}

// Adds, exactly: pieces of one kind lie on one grid.
Summed plus(const Summed& a, nb::handle other) {
    const auto of = [&](const char* name) { return nb::cast<std::int64_t>(other.attr(name)); };
    const Summed b = of_arrays({of("n_changed"), of("n_settled"), of("n_distances")}, a.n_threads, a.frame,
                               nb::cast<Centers>(other.attr("weight")), nb::cast<Cube>(other.attr("sums")));
    if (b.sums->k != a.sums->k) throw std::invalid_argument("tallies of one number of clusters add up");
    const PlainArithmetic plain;
    auto added = std::make_shared<ClusterSums>(*a.sums);
    const auto add = [](AlignedVector<double>& to, const AlignedVector<double>& from) {
        std::transform(to.begin(), to.end(), from.begin(), to.begin(), std::plus());
    };
    add(added->weight, b.sums->weight);
    add(added->sums, b.sums->sums);
    return {{a.counts.n_changed + b.counts.n_changed, a.counts.n_settled + b.counts.n_settled,
             a.counts.n_distances + b.counts.n_distances},
            a.n_threads,
            a.frame,
            std::move(added)};
}

Centers unpacked(const SparseCenters& centers) {
    const std::size_t k = centers.n(), d = centers.d();
    Array<double> values = new_array<double>({k, d});
    for (std::size_t j = 0; j < k; ++j) centers.unpack(j, 0, d, values.data() + j * d);
    return Centers(values);
}

}  // namespace

void bind_tallies(nb::module_& m) {
    constexpr auto kFresh = nb::rv_policy::move;
    nb::class_<Summed>(m, "Summed", "A tally that holds its sums.")
        .def(
            "__init__",
            [](Summed* self, std::int64_t n_changed, std::int64_t n_settled, std::int64_t n_distances,
               std::size_t n_threads, nb::handle_t<Frame> frame, const Centers& weight, const Cube& sums) {
                new (self)
                    Summed(of_arrays({n_changed, n_settled, n_distances}, n_threads, frame, weight, sums));
            },
            "n_changed"_a, "n_settled"_a, "n_distances"_a, "n_threads"_a, "frame"_a, "weight"_a, "sums"_a)
        .def_prop_ro("n_changed", [](const Summed& t) { return t.counts.n_changed; })
        .def_prop_ro("n_settled", [](const Summed& t) { return t.counts.n_settled; })
        .def_prop_ro("n_distances", [](const Summed& t) { return t.counts.n_distances; })
        .def_ro("n_threads", &Summed::n_threads)
        .def_prop_ro("weight", &weight_of, kFresh)
        .def_prop_ro("sums", &sums_of, kFresh)
        .def_prop_ro(
            "sizes",
            [](const Summed& t) {
                const PlainArithmetic plain;
                Array<double> out = new_array<double>({t.sums->k});
                for (std::size_t j = 0; j < t.sums->k; ++j) out.data()[j] = t.size(j);
                return out;
            },
            kFresh)
        .def_prop_ro("n_empty", [](const Summed& t) { return t.empty().size(); })
        .def_prop_ro(
            "empty",
            [](const Summed& t) {
                const std::vector<std::int64_t> found = t.empty();
                return copy_of(found.data(), {found.size()});
            },
            kFresh)
        .def("m_step", &Summed::means, "centers"_a)
        .def(
            "m_step",
            [](Summed& t, const SparseCenters& centers) {
                return SparseCenters(rows(Centers(t.means(unpacked(centers)))));
            },
            "centers"_a)
        .def("cost", &Summed::cost, "centers"_a, "spread"_a)
        .def(
            "cost",
            [](Summed& t, const SparseCenters& centers, const Spread& spread) {
                return t.cost(unpacked(centers), spread);
            },
            "centers"_a, "spread"_a)
        .def("__add__", &plus, "other"_a);
}

}  // namespace globular
