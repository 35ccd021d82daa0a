// A phone in a headless Chromium: JsSIP over a WebSocket. It is told what to do by lines
// on standard input (call URI, answer, hangup, quit), and says what happens by lines on
// standard output.
//
//   node phone.mjs '{"page": PORT, "url": "wss://…", "user": …, "password": …, "domain": …}'
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { bundle } from './bundle.mjs';

const wish = JSON.parse(process.argv[2]);
const say = (...words) => console.log(words.join(' '));

const script = bundle();
const page = createServer((request, response) => {
  const known = { '/': ['text/html', '<!doctype html><title>phone</title><script src="/jssip.js"></script>'], '/jssip.js': ['text/javascript', script] };
  const [type, content] = known[request.url] ?? ['text/plain', ''];
  response.writeHead(known[request.url] ? 200 : 404, { 'Content-Type': type });
  response.end(content);
});
await new Promise((ready) => page.listen(wish.page, '127.0.0.1', ready));

const folder = mkdtempSync(join(tmpdir(), 'hookflash-browser-'));
const browser = await chromium.launchPersistentContext(folder, {
  executablePath: '/usr/bin/chromium',
  headless: true,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
  ],
});
const end = async () => {
  await browser.close();
  page.close();
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
};
process.on('SIGTERM', end);

const tab = await browser.newPage();
tab.on('console', (message) => console.error('console:', message.text()));
tab.on('pageerror', (error) => console.error('page:', error.message));
await tab.exposeFunction('say', say);
await tab.goto(`http://127.0.0.1:${wish.page}/`);
await tab.evaluate((wish) => {
  const socket = new JsSIP.WebSocketInterface(wish.url);
  const ua = new JsSIP.UA({
    sockets: [socket], uri: `sip:${wish.user}@${wish.domain}`, password: wish.password,
    register_expires: 300, session_timers: false, connection_recovery_min_interval: 1, connection_recovery_max_interval: 1,
  });
  const options = { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } };
  window.phone = {
    call: (uri) => ua.call(uri, options),
    answer: () => window.session.answer(options),
    hangup: () => window.session.terminate(),
  };
  ua.on('connected', () => say('connected'));
  ua.on('disconnected', ({ error, code }) => say('disconnected', code ?? '', error ? 'by error' : ''));
  ua.on('registered', () => say('registered'));
  ua.on('unregistered', () => say('unregistered'));
  ua.on('registrationFailed', ({ cause }) => say('registration failed:', cause));
  ua.on('newRTCSession', ({ originator, session }) => {
    window.session = session;
    if (originator === 'remote') say('incoming', session.remote_identity.uri.toString());
    session.on('progress', ({ originator }) => { if (originator === 'remote') say('ringing'); });
    session.on('accepted', () => say('accepted'));
    session.on('confirmed', () => say('confirmed'));
    session.on('ended', ({ originator, cause }) => say('ended', originator, cause));
    session.on('failed', ({ originator, cause }) => say('failed', originator, cause));
    session.on('peerconnection:setremotedescriptionfailed', (error) => say('description', String(error)));
    session.on('getusermediafailed', (error) => say('no microphone', String(error)));
  });
  ua.start();
}, wish);

for await (const line of createInterface({ input: process.stdin })) {
  const [word, ...rest] = line.trim().split(' ');
  if (word === 'quit') break;
  await tab.evaluate(([word, argument]) => { window.phone[word](argument); }, [word, rest.join(' ')]);
}
await end();
