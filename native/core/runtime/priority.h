#pragma once

namespace chainrule {

// Only for our own threads. What the system does not allow is left as it is.

/// Makes this long-running thread yield to threads that must respond soon, above all the JavaScript
/// thread: that would otherwise wait for whole time slices when more networks train than there are
/// cores. An idle machine runs it as fast as before.
void lower_priority();

/// Lets threads that wake interrupt this one at once, such as those that read files for JavaScript.
/// It has as much of the processor's time as before, in longer stretches.
void lengthen_time_slice();

}  // namespace chainrule
