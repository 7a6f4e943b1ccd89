/** The version of this package, as package.json has it: a test holds the two against each other. */
export const VERSION = '0.1.0';
