// Has the user's phone call what was selected or linked, over the API of a hookflash server. The token stays in the
// extension's own storage: no page gets to see it, and it is sent to no other server.

const menu = 'call'

chrome.runtime.onInstalled.addListener(() => {
  chrome.contextMenus.create({ id: menu, title: 'Call “%s”', contexts: ['selection'] })
  chrome.contextMenus.create({ id: menu + '-link', title: 'Call this number', contexts: ['link'], targetUrlPatterns: ['tel:*', 'callto:*', 'sip:*', 'sips:*'] })
})

chrome.contextMenus.onClicked.addListener((info) => { void call(info.linkUrl && info.menuItemId !== menu ? info.linkUrl : info.selectionText || '') })
chrome.action.onClicked.addListener(() => chrome.runtime.openOptionsPage())

async function call(to) {
  const { server, token } = await chrome.storage.local.get(['server', 'token'])
  if (!server || !token) return chrome.runtime.openOptionsPage()
  to = to.trim().slice(0, 256)
  badge('…', 'Calling ' + to)
  const ask = (method, path, body) => fetch(server + '/api/v1/calls' + path, {
    method, credentials: 'omit', cache: 'no-store', redirect: 'error', body: body && JSON.stringify(body),
    headers: { Authorization: 'Bearer ' + token, ...(body && { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() }) },
  })
  try {
    const answer = await ask('POST', '', { to })
    const state = await answer.json()
    if (!answer.ok) return badge('!', problemOf(state))
    await follow(ask, state)
  } catch (error) { badge('!', 'The server can’t be reached: ' + error.message) }
}

const problemOf = (problem) => [problem.detail, ...(problem.errors || []).map((fault) => [fault.message, fault.remedy].filter(Boolean).join('; '))].join(' ')

// follow reads a call's events until it is over. Where the browser ends the service worker meanwhile, the call goes on.
async function follow(ask, state) {
  const answer = await ask('GET', '/' + encodeURIComponent(state.id) + '/events')
  if (!answer.ok) return
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  for (let rest = ''; ;) {
    const { value, done } = await reader.read()
    if (done) break
    rest += value
    for (let end; (end = rest.indexOf('\n\n')) >= 0; rest = rest.slice(end + 2)) {
      const line = rest.slice(0, end).split('\n').find((one) => one.startsWith('data: '))
      if (line) {
        state = JSON.parse(line.slice(6))
        badge(marks[state.status] || '…', state.to + ': ' + state.status)
      }
    }
  }
}

const marks = { ringing: '☎', 'in-progress': '☎', completed: '', busy: '!', 'no-answer': '!', canceled: '', failed: '!' }

function badge(text, title) {
  chrome.action.setBadgeText({ text })
  chrome.action.setTitle({ title: 'hookflash — ' + title })
}
