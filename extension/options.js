'use strict'
const find = (id) => document.getElementById(id)
const say = (text) => { find('status').textContent = text }

chrome.storage.local.get(['server', 'token']).then(({ server, token }) => {
  find('server').value = server || ''
  find('token').placeholder = token ? 'kept; write another one to replace it' : ''
  find('token').required = !token
})

find('options').addEventListener('submit', async (event) => {
  event.preventDefault()
  const { origin, protocol, hostname } = new URL(find('server').value)
  if (protocol !== 'https:' && hostname !== 'localhost' && hostname !== '127.0.0.1' && hostname !== '[::1]') return say('Write an https address: the token would be readable on its way.')
  // The browser asks whether the extension may talk to that server, and to no other.
  if (!await chrome.permissions.request({ origins: [protocol + '//' + hostname + '/*'] })) return say('The browser was not let talk to that server.')
  const before = await chrome.storage.local.get(['server', 'token'])
  const token = find('token').value.trim() || (before.server === origin ? before.token : '')
  if (!token) return say('Write the token for this server.')
  try {
    const answer = await fetch(origin + '/api/v1/calls/none', { headers: { Authorization: 'Bearer ' + token }, credentials: 'omit', redirect: 'error' })
    if (answer.status === 401) return say('The server does not accept this token.')
    if (answer.status !== 404) return say('This server has nobody call by click (' + answer.status + ').')
  } catch (error) { return say('The server can’t be reached: ' + error.message) }
  await chrome.storage.local.set({ server: origin, token })
  find('token').value = ''
  find('token').required = false
  say('Kept. Select a number on any page, and choose Call from its context menu.')
})

find('forget').addEventListener('click', async () => {
  const { server } = await chrome.storage.local.get('server')
  await chrome.storage.local.clear()
  if (server) await chrome.permissions.remove({ origins: [new URL(server).protocol + '//' + new URL(server).hostname + '/*'] })
  find('server').value = find('token').value = ''
  say('Forgotten.')
})
