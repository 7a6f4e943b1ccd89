import { defineConfig } from 'vitest/config';

/** `npm run test:package`: what a user gets, from the packed tarball, on every platform and tool that can be had here. */
export default defineConfig({
  test: {
    include: ['test/package/**/*.test.ts'],
    globalSetup: ['test/package/global-setup.ts'],
    pool: 'forks',
    // Emulated processors and other people's builds, each of which takes a machine of two cores for itself.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 600_000,
    reporters: ['verbose'],
  },
});
