/**
 * One descriptor for each kind of activation, loss and optimizer: what options, files and engines need to
 * know about it. native/core/model/ has the same for the core. Add a kind to its table, and the compiler
 * reports what is missing; CONTRIBUTING.md lists the files.
 */

export * from './kinds/activation.js';
export * from './kinds/field.js';
export * from './kinds/loss.js';
export * from './kinds/optimizer.js';
export * from './kinds/precision.js';
