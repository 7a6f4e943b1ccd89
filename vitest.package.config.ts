import { defineConfig } from 'vitest/config';

/** `npm run test:package`: what a user gets from the packed tarball, on every platform and tool available here. */
export default defineConfig({
  test: {
    include: ['test/package/**/*.test.ts'],
    globalSetup: ['test/package/global-setup.ts'],
    pool: 'forks',
    // Emulated processors and other projects' builds, each of which needs a whole machine with two cores.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 600_000,
    reporters: ['verbose'],
  },
});
