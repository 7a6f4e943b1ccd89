#pragma once

namespace chainrule {

/// Makes this long-running thread yield to threads that must respond soon, above all the JavaScript
/// thread and those that read files for it: they would otherwise wait for whole time slices while
/// networks train on every core. Only for our own threads; an idle machine runs them as fast as
/// before. What the system does not allow is left as it is.
void lower_priority();

}  // namespace chainrule
