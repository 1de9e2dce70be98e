#include "assign.hpp"

#include <algorithm>
#include <vector>

#include "../aligned.hpp"

namespace globular {

template <class T>
bool assign(Rows<T> rows, const Range& range, Rows<double> centers, const Kernels& kernels,
            std::size_t n_threads, const Interrupted& interrupted, std::int32_t* labels) {
    const Filter<T> filter(rows, range, kernels);
    PackedCenters packed;
    filter.pack(centers, n_threads, Wanted::labels, packed);
    const std::size_t n = rows.n, per_chunk = rows_per_chunk(n, centers.n, rows.d);
    const std::size_t chunks = (n + per_chunk - 1) / per_chunk;
    n_threads = std::min(worthwhile_threads(n_threads, labelling_ns(n, centers.n, rows.d)), chunks);
    struct Worker {
        Aligned<float> points, norms, gaps;
        Aligned<std::int32_t> labels;
        LabelScratch scratch;
    };
    std::vector<Worker> workers;
    workers.reserve(n_threads);
    const std::size_t room = Filter<T>::padded(std::min(per_chunk, n));
    for (std::size_t t = 0; t < n_threads; ++t)
        workers.push_back({Aligned<float>(room * filter.stride()), Aligned<float>(room), Aligned<float>(room),
                           Aligned<std::int32_t>(room), filter.scratch(packed)});
    return for_chunks(n_threads, chunks, interrupted, [&](std::size_t c, std::size_t t) {
        const std::size_t first = c * per_chunk, count = std::min(per_chunk, n - first);
        Worker& w = workers[t];
        const Placed points = filter.ready(packed, first, count, false, w.points.data(), w.norms.data());
        const Batch batch{points, w.norms.data(), count, first, nullptr, w.labels.data(), w.gaps.data()};
        filter.label(packed, packed.pass, batch, w.scratch);
        std::copy_n(w.labels.data(), count, labels + first);
    });
}

template bool assign(Rows<float>, const Range&, Rows<double>, const Kernels&, std::size_t, const Interrupted&,
                     std::int32_t*);
template bool assign(Rows<double>, const Range&, Rows<double>, const Kernels&, std::size_t,
                     const Interrupted&, std::int32_t*);

}  // namespace globular
