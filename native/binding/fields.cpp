// Fields: what k-means++ draws from; and rows by their values.
#include "../distinct.hpp"
#include "../level/dispatch.hpp"
#include "../seed/canonical.hpp"
#include "../seed/field.hpp"

#include "arrays.hpp"

namespace globular {
namespace {

template <class P, class R>
void bind_field(nb::module_& m, const char* name) {
    using Held = Borrowing<P, Field<R>>;
    nb::class_<Held>(m, name)
        .def(
            "__init__",
            [](Held* self, P points, std::optional<Vector> w, nb::handle_t<Frame> frame,
               const std::string& level_name, std::size_t n_threads, std::size_t n_centers) {
                const Kernels& kernels = level(level_name);
                check_borrowed(points, w, *nb::inst_ptr<Frame>(frame));
                new (self) Held(nb::borrow(frame), std::move(points), std::move(w));
                self->alone([&] {
                    self->core.emplace(rows(self->points), weights(self->w), self->the_frame(), kernels,
                                       n_threads, n_centers);
                    return 0;
                });
            },
            "points"_a.noconvert(), "weights"_a.noconvert().none(), "frame"_a, "level"_a, "n_threads"_a,
            "n_centers"_a)
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
            "best",
            [](Held& self, const Indices& at) {
                check_rows(at, self.points.shape(0));
                if (at.shape(0) == 0) throw std::out_of_range("no rows");
                return self.alone([&] { return self.core->best(at.data(), at.shape(0)); });
            },
            "rows"_a.noconvert())
        .def(
            "add",
            [](Held& self, std::size_t row) {
                if (row >= self.points.shape(0)) throw std::out_of_range("row");
                self.alone([&] {
                    self.core->add(row);
                    return 0;
                });
            },
            "row"_a)
        .def(
            "add_best_of",
            [](Held& self, const Vector& u) {
                if (u.shape(0) == 0) throw std::out_of_range("no draws");
                return self.alone([&] { return self.core->add_best_of(u.data(), u.shape(0)); });
            },
            "u"_a.noconvert())
        .def("distances", [](const Held& self) {
            Array<double> out = new_array<double>({self.points.shape(0)});
            self.core->distances(out.data());
            return out;
        });
}

template <class P, class R>
void bind_order(nb::module_& m, const char* name) {
    struct Held {
        P points;
        std::optional<CanonicalOrder<R>> core;
    };
    nb::class_<Held>(m, name)
        .def(
            "__init__",
            [](Held* self, P points, const Vector& origin, const std::string& level_name,
               std::size_t n_threads) {
                const Kernels& kernels = level(level_name);
                if (origin.shape(0) != points.shape(1)) throw std::out_of_range("origin");
                new (self) Held{std::move(points), {}};
                unlocked([&] {
                    const std::span values(origin.data(), origin.shape(0));
                    return self->core.emplace(rows(self->points), values, kernels, n_threads).n_buckets();
                });
            },
            "points"_a.noconvert(), "origin"_a.noconvert(), "level"_a, "n_threads"_a)
        .def("n_buckets", [](const Held& self) { return self.core->n_buckets(); })
        .def(
            "count",
            [](const Held& self, const Indices& buckets, std::size_t n_threads) {
                check_rows(buckets, self.core->n_buckets());
                const std::vector<std::uint16_t> which(buckets.data(), buckets.data() + buckets.shape(0));
                return unlocked([&] { return self.core->list(which, n_threads).size(); });
            },
            "buckets"_a.noconvert(), "n_threads"_a, "how many rows some buckets have, by looking all rows up")
        .def(
            "rows",
            [](const Held& self, const Indices& buckets, std::size_t n_threads) {
                check_rows(buckets, self.core->n_buckets());
                const std::vector<std::uint16_t> which(buckets.data(), buckets.data() + buckets.shape(0));
                std::vector<std::int64_t> out;
                unlocked([&] {
                    PassingVector<std::uint32_t> listed = self.core->list(which, n_threads);
                    const auto prefix = [&](std::uint32_t p) { return self.core->prefix_of(p); };
                    std::ranges::stable_sort(listed, {}, prefix);
                    for (auto first = listed.begin(); first != listed.end();) {
                        const auto last =
                            std::ranges::upper_bound(first, listed.end(), prefix(*first), {}, prefix);
                        self.core->put_in_order({first, last}, {});
                        first = last;
                    }
                    out.assign(listed.begin(), listed.end());
                    return 0;
                });
                return copy_of(out.data(), {out.size()});
            },
            "buckets"_a.noconvert(), "n_threads"_a, "all rows of some buckets, in order");
}

template <class P>
void bind_hashes(nb::module_& m) {
    m.def(
        "hashes",
        [](const P& points, std::size_t n_threads) {
            Array<std::uint64_t> out = new_array<std::uint64_t>({points.shape(0)});
            unlocked([&] {
                hashes(rows(points), n_threads, out.data());
                return 0;
            });
            return out;
        },
        "points"_a.noconvert(), "n_threads"_a);
    m.def(
        "least_row", [](const P& points) { return unlocked([&] { return least_row(rows(points)); }); },
        "points"_a.noconvert());
}

template <class T>
void bind_distinct(nb::module_& m) {
    m.def(
        "distinct_rows",
        [](const Points<T>& points, std::size_t n_threads) {
            Array<std::int32_t> place = new_array<std::int32_t>({points.shape(0)});
            const DistinctRows distinct = unlocked(
                [&] { return distinct_rows(rows(points), n_threads, signal_arrived, place.data()); });
            return nb::make_tuple(copy_of(distinct.rows.data(), {distinct.rows.size()}), place);
        },
        "points"_a.noconvert(), "n_threads"_a,
        "one of each of the distinct rows, and the place of every row among them");
    m.def(
        "about_how_many_distinct",
        [](const Points<T>& points) {
            return unlocked([&] { return about_how_many_distinct(rows(points)); });
        },
        "points"_a.noconvert());
}

}  // namespace

void bind_fields(nb::module_& m) {
    bind_hashes<Points<float>>(m);
    bind_hashes<Points<double>>(m);
    bind_hashes<SparsePoints<float>>(m);
    bind_hashes<SparsePoints<double>>(m);
    bind_order<Points<float>, Rows<float>>(m, "CanonicalOrderF32");
    bind_order<Points<double>, Rows<double>>(m, "CanonicalOrderF64");
    bind_order<SparsePoints<float>, SparseRows<float>>(m, "SparseCanonicalOrderF32");
    bind_order<SparsePoints<double>, SparseRows<double>>(m, "SparseCanonicalOrderF64");
    bind_distinct<float>(m);
    bind_distinct<double>(m);
    bind_field<Points<float>, Rows<float>>(m, "FieldF32");
    bind_field<Points<double>, Rows<double>>(m, "FieldF64");
    bind_field<SparsePoints<float>, SparseRows<float>>(m, "SparseFieldF32");
    bind_field<SparsePoints<double>, SparseRows<double>>(m, "SparseFieldF64");
}

}  // namespace globular
