// Puts JsSIP and what it requires into one script for a page: each module becomes a
// function, found by its path, and the last line makes window.JsSIP.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

// inBrowser are modules that have a version for pages.
const inBrowser = { debug: 'debug/src/browser.js' };

export function bundle() {
  const modules = new Map();
  const load = (path) => {
    if (modules.has(path)) return;
    modules.set(path, '');
    const source = readFileSync(path, 'utf8');
    if (path.endsWith('.json')) {
      modules.set(path, `module.exports = ${source}`);
      return;
    }
    const require = createRequire(path);
    const found = {};
    for (const [, name] of source.matchAll(/require\(\s*['"]([^'"]+)['"]\s*\)/g)) {
      // "events/" means the package, "events" the module of Node by that name.
      found[name] = require.resolve(inBrowser[name] ?? (name === 'events' ? 'events/' : name));
      load(found[name]);
    }
    modules.set(path, `const require = from(${JSON.stringify(found)}); const __dirname = ${JSON.stringify(dirname(path))};\n${source}`);
  };
  const main = createRequire(import.meta.url).resolve('jssip');
  load(main);
  const entries = [...modules].map(([path, source]) => `${JSON.stringify(path)}: function (module, exports) {${source}\n}`);
  return `(() => {
const done = {};
const process = { env: {} };
const get = (path) => {
  if (!done[path]) { done[path] = { exports: {} }; modules[path](done[path], done[path].exports); }
  return done[path].exports;
};
const from = (found) => (name) => get(found[name]);
const modules = {${entries.join(',\n')}};
window.JsSIP = get(${JSON.stringify(main)});
})();`;
}
