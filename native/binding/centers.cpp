// Centers of sparse points.
#include "../sparse_centers.hpp"

#include <algorithm>

#include "arrays.hpp"

namespace globular {
namespace {

template <class T>
void bind_values(nb::class_<SparseCenters>& c) {
    using Unpacked = nb::ndarray<T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
    c.def(
        "__init__",
        [](SparseCenters* self, const Points<T>& centers) {
            new (self) SparseCenters(unlocked([&] { return SparseCenters(rows(centers)); }));
        },
        "centers"_a.noconvert());
    c.def_static(
        "at_rows",
        [](const SparsePoints<T>& points, const Indices& at) {
            check_rows(at, points.shape(0));
            return unlocked([&] { return SparseCenters(rows(points), at.data(), at.shape(0)); });
        },
        "points"_a, "rows"_a.noconvert());
    c.def(
        "unpack",
        [](const SparseCenters& self, const Unpacked& out) {
            if (out.shape(0) != self.n() || out.shape(1) != self.d())
                throw std::invalid_argument("there must be room for all centers, and no more");
            unlocked([&] {
                for (std::size_t j = 0; j < self.n(); ++j)
                    self.unpack(j, 0, self.d(), out.data() + j * self.d());
                return 0;
            });
        },
        "out"_a.noconvert());
}

}  // namespace

void bind_centers(nb::module_& m) {
    nb::class_<SparseCenters> c(m, "SparseCenters", nb::is_weak_referenceable(),
                                "Centers (k, d) float64 of which only what is not zero is held.");
    bind_values<float>(c);
    bind_values<double>(c);
    c.def("__len__", &SparseCenters::n);
    c.def_prop_ro("shape", [](const SparseCenters& self) { return std::pair{self.n(), self.d()}; });
    c.def(
        "rounded",
        [](const SparseCenters& self) {
            return unlocked([&] {
                SparseCenters rounded = self;
                rounded.round();
                return rounded;
            });
        },
        "with all coordinates rounded to float32");
}

}  // namespace globular
