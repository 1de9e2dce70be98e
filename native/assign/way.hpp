// Which rows and centers an E-step looks at. All ways give the same labels and sums.
#pragma once

namespace globular {

enum class Way {
    automatic,  // what the work done so far says is fastest (work.hpp)
    brute,      // all rows, all centers
    hamerly,    // rows whose two nearest centers may have changed places (session.hpp)
    yinyang,    // besides, the groups of centers whose nearest may have become a row's (center_groups.hpp)
    heads,      // besides, only the groups that are near in a few axes, too (heads.hpp)
    kanungo,    // rows laid out in space, and the centers that their boxes leave (boxes.hpp)
};

}  // namespace globular
