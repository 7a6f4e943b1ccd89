import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Network } from '../../src/index.js';
import { filePath } from '../../src/options/file-path.js';
import { expectError, expectRejection } from '../errors.js';

describe('filePath', () => {
  it('takes a path and a file: URL', () => {
    expect(filePath('a/b', 'path')).toBe('a/b');
    expect(filePath(pathToFileURL('/a/ü b'), 'path')).toBe('/a/ü b');
  });

  it.each([undefined, '', 'a\0b', 5, Buffer.alloc(1000), new URL('http://localhost/a'), {}, null])(
    'refuses %s in a short message',
    (value) => {
      expectError(
        () => filePath(value, 'path'),
        'ERR_OPTION',
        /^path is .{0,120}expected a path or a file: URL$/s,
      );
    },
  );
});

describe('save and load', () => {
  it('take a file: URL', async () => {
    const url = pathToFileURL(join(mkdtempSync(join(tmpdir(), 'chainrule-url-')), 'net.safetensors'));
    const net = new Network({ inputSize: 1, layers: [{ units: 1 }], backend: 'reference' });
    await net.save(url);
    expect((await Network.load(url)).getParameters()).toEqual(net.getParameters());
  });

  it('refuse bytes as a path', async () => {
    await expectRejection(
      Network.load(Buffer.alloc(9) as never),
      'ERR_OPTION',
      /^the path of Network\.load is/,
    );
  });
});
