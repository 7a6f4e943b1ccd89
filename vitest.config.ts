import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Those are vitest.package.config.ts's.
    exclude: ['test/package/**'],
    // A crash of the addon then takes one file's process along, not the whole run.
    pool: 'forks',
    // The reference engine trains real networks in some tests, on whatever machine this is.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    slowTestThreshold: 2_000,
    reporters: process.env.GITHUB_ACTIONS ? ['default', 'github-actions'] : ['default'],
  },
});
