import { defineConfig } from 'vitest/config';

/** What takes minutes, from the packed tarball: `npx vitest run --config vitest.package.config.ts`. */
export default defineConfig({
  test: {
    include: ['test/package/**/*.test.ts'],
    pool: 'forks',
    // Two compilers at a time would only wait for each other.
    fileParallelism: false,
  },
});
