#pragma once

namespace chainrule {

/// Makes this long-running thread yield to threads that must respond soon, above all the JavaScript
/// thread: that would otherwise wait for whole time slices when more networks train than there are
/// cores. Only for our own threads; an idle machine runs them as fast as before. What the system
/// does not allow is left as it is.
void lower_priority();

}  // namespace chainrule
