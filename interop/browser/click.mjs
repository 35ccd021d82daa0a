// Somebody at the page /call/TARGET, in a headless Chromium. It says what happens by lines on standard output.
//
//   node click.mjs '{"server": "http://…", "token": …, "target": …, "payloads": […], "page": PORT}'
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const wish = JSON.parse(process.argv[2]);
const say = (...words) => console.log(words.join(' '));

// A page of somebody else's, with numbers on it.
const other = createServer((request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/html' });
  response.end(`<!doctype html><title>crm</title><script src="${wish.server}/call/snippet.js" defer></script><p><a id="number" href="tel:+49-30-12345">call</a> <a id="markup" href="tel:&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;">odd</a>`);
});
await new Promise((ready) => other.listen(wish.page, '127.0.0.1', ready));

const folder = mkdtempSync(join(tmpdir(), 'hookflash-browser-'));
const browser = await chromium.launchPersistentContext(folder, {
  executablePath: '/usr/bin/chromium', headless: true, locale: 'en-US',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const end = async (code) => {
  await browser.close();
  other.close();
  rmSync(folder, { recursive: true, force: true });
  process.exit(code);
};
process.on('SIGTERM', () => end(0));

let ran = 0;
const watched = (tab) => {
  tab.on('dialog', (dialog) => { ran++; say('ran', dialog.message()); void dialog.dismiss(); });
  tab.on('pageerror', (error) => say('error', error.message));
  tab.on('console', (message) => { if (/Content Security Policy|TrustedHTML/.test(message.text())) say('violation', message.text()); });
  return tab;
};
browser.on('page', watched);

try {
  const tab = watched(await browser.newPage());
  await tab.addInitScript(() => { window.marked = () => { document.title = 'ran'; alert('ran'); }; });
  let placed = 0;
  tab.on('request', (request) => { if (request.method() === 'POST') placed++; });

  // What stands in the address is shown as text, whatever it is.
  await tab.goto(wish.server + '/call/somebody');
  for (const payload of wish.payloads) {
    await tab.goto(wish.server + '/call/' + encodeURIComponent(payload) + '#' + encodeURIComponent(payload));
    const shown = await tab.evaluate(() => ({ text: document.getElementById('target').textContent, elements: document.querySelectorAll('#target *, main script, main img, main svg, main iframe').length }));
    if (shown.text !== payload || shown.elements !== 0) say('shown', JSON.stringify(shown));
  }
  say('opened', placed, 'placed');

  // The token is asked for once, and is not in the address.
  await tab.goto(wish.server + '/call/' + encodeURIComponent(wish.payloads[0]));
  await tab.fill('#token', 'alice.wrong');
  await tab.click('#enter');
  await tab.click('#call');
  await tab.waitForFunction(() => /not accepted/.test(document.getElementById('status').textContent));
  say('wrong token');
  await tab.fill('#token', wish.token);
  await tab.check('#keep');
  await tab.click('#enter');
  for (const payload of wish.payloads) {
    await tab.goto(wish.server + '/call/' + encodeURIComponent(payload));
    await tab.click('#call');
    await tab.waitForFunction(() => document.getElementById('status').textContent.length > 20);
    const elements = await tab.evaluate(() => document.querySelectorAll('#status *, #target *').length);
    if (elements) say('markup in what is said');
  }
  say('refused', ran, 'ran', tab.url().includes(wish.token) ? 'token in the address' : '');

  // A click, and the call.
  await tab.goto(wish.server + '/call/' + encodeURIComponent(wish.target));
  await tab.click('#call');
  say('clicked');
  await tab.waitForFunction(() => document.getElementById('status').textContent === 'Connected', undefined, { timeout: 30000 });
  say('connected', (await tab.locator('#steps li').allTextContents()).join(' | '));
  await new Promise((told) => process.stdin.once('data', told)); // a line on standard input
  await tab.click('#cancel');
  await tab.waitForFunction(() => document.getElementById('status').textContent === 'Call ended', undefined, { timeout: 30000 });
  say('ended');

  // Links of a page elsewhere open the page, which calls nobody by itself.
  const elsewhere = watched(await browser.newPage());
  await elsewhere.goto(`http://127.0.0.1:${wish.page}/`);
  for (const link of ['number', 'markup']) {
    const opening = browser.waitForEvent('page');
    await elsewhere.click('#' + link);
    const popup = await opening;
    await popup.waitForLoadState();
    await popup.waitForFunction(() => document.title !== 'hookflash');
    say('link', await popup.locator('#target').textContent(), '|', new URL(popup.url()).pathname);
    await popup.close();
  }
  say('done', ran, 'ran');
  await end(0);
} catch (error) {
  say('failed', error.message.split('\n')[0]);
  await end(1);
}
