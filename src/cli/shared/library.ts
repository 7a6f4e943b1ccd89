/** The library beside this program. Loaded when a command needs it: `--help` should not wait for it. */

export const library = () => import('../../index.js');
