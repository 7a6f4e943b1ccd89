import { defineConfig } from 'vitest/config';

// From packed tarballs, which takes minutes: `npx vitest run --config test/package/vitest.config.ts`.
export default defineConfig({
  test: {
    include: ['test/package/**/*.test.ts'],
    pool: 'forks',
    // Two compilers at a time would only wait for each other.
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
