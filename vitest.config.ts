import { defineConfig } from 'vitest/config';

const { viteModuleRuntime } = await import(new URL('scripts/module-runtime.mjs', import.meta.url).href);

export default defineConfig({
  plugins: [viteModuleRuntime],
  test: {
    include: ['test/**/*.test.ts'],
    // vitest.package.config.ts runs those.
    exclude: ['test/package/**'],
    globalSetup: ['test/global-setup.ts'],
    // A crash of the addon then ends one file's process, not the whole run.
    pool: 'forks',
    // In some tests the reference engine trains real networks, even on slow machines.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    slowTestThreshold: 2_000,
    reporters: process.env.GITHUB_ACTIONS ? ['default', 'github-actions'] : ['default'],
  },
});
