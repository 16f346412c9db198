// `npm run build` and `npm run dev`, in a copy of the project.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { copyProject, PROJECT, runCommandIn } from '../support/project-copy.ts';
import { TestViewer } from '../support/test-viewer.ts';

/** Hashes of the files in `dist/`, by path, without a packed package. */
async function hashes(folder: string): Promise<Record<string, string>> {
  const dist = join(folder, 'dist');
  const entries = await readdir(dist, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const found: Record<string, string> = {};
  for (const path of paths.sort()) {
    const name = path.slice(dist.length + 1);
    if (name.endsWith('.tgz')) continue;
    found[name] = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  }
  return found;
}

describe('npm run build', () => {
  it('builds the same files in another folder, and builds again only after a source has changed', async (t) => {
    const copy = await copyProject(t);
    await runCommandIn(copy, 'build');

    const built = await hashes(copy);
    assert.deepEqual(built, await hashes(PROJECT));

    const bundle = join(copy, 'dist/functions/message/index.js');
    const { ino } = await stat(bundle);
    await runCommandIn(copy, 'build');
    assert.equal((await stat(bundle)).ino, ino);

    const packed = join(copy, 'dist/tickcast.tgz');
    await writeFile(packed, 'by npm run pack:package');
    await appendFile(join(copy, 'lambdas/handlers/message.ts'), "console.log('changed');\n");
    await runCommandIn(copy, 'build');
    const changed = Object.entries(await hashes(copy)).filter(([name, hash]) => built[name] !== hash);
    assert.deepEqual(
      changed.map(([name]) => name),
      ['functions/message/index.js', 'functions/message/index.js.map', 'sources.sha256'],
    );
    assert.equal(await readFile(packed, 'utf8'), 'by npm run pack:package');
  });
});

describe('npm run dev', () => {
  it('serves the page by Vite, and restarts changed functions while connections stay open', async (t) => {
    const copy = await copyProject(t);
    const child = spawn(process.execPath, ['commands/index.js', 'dev', '--port', '0'], { cwd: copy });
    t.after(async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    });
    let url = '';
    for await (const line of createInterface(child.stdout)) {
      url = /http:\S+/.exec(line)?.[0] ?? '';
      if (url !== '') break;
    }
    child.stdout.resume();
    child.stderr.resume();
    assert.match(await (await fetch(url)).text(), /\/@vite\/client/);
    assert.match(await (await fetch(`${url}tick-cast-clock.js`)).text(), /tick-cast-clock\.ts/);
    const viewer = await TestViewer.connect(`${url.replace('http', 'ws')}websocket`);
    await viewer.waitForTicks(1);

    const handler = join(copy, 'lambdas/handlers/message.ts');
    const source = await readFile(handler, 'utf8');
    await writeFile(handler, source.replace("type: 'received',", "type: 'received', changed: true,"));
    while (!viewer.texts.some((text) => text.includes('"changed":true'))) {
      viewer.send('hello');
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await viewer.waitForTicks(viewer.ticks.length + 2);

    assert.equal(viewer.socket.readyState, viewer.socket.OPEN);

    // The functions that it has built meanwhile must not count as built from the earlier sources.
    child.kill('SIGTERM');
    await once(child, 'exit');
    await writeFile(handler, source);
    await runCommandIn(copy, 'build');
    assert.deepEqual(await hashes(copy), await hashes(PROJECT));
  });
});
