'use strict'
// The page at /call/TARGET. Whom it calls stands in its address; nothing is called before the button is pressed. What it
// shows is text, and never markup.

const words = {
  en: {
    heading: 'Call', call: 'Call', cancel: 'Hang up', again: 'Call again', enter: 'Continue', forget: 'Forget the token',
    token: 'Your token (hookflash token create --user NAME)', keep: 'Keep it in this browser',
    badToken: 'The token is not accepted.', offline: 'The server can’t be reached.', placing: 'One moment …', nobody: 'The address names nobody.',
    queued: 'One moment …', initiated: 'Your phone is asked to call …', ringing: 'It rings …', 'in-progress': 'Connected', completed: 'Call ended',
    busy: 'Busy', 'no-answer': 'No answer', canceled: 'Canceled', failed: 'The call failed',
    phoneBusy: 'Your phone is busy', phoneNoAnswer: 'Your phone was not answered', pickUp: 'Pick up your phone',
    steps: {
      'phone-asked': 'Your phone is asked to call (REFER)', 'phone-accepted': 'Your phone accepts', 'phone-refused': 'Your phone does not call by itself',
      'phone-called': 'Your phone is called (INVITE)', 'phone-rings': 'Your phone rings', 'phone-answered': 'You picked up', 'target-called': 'The other side is called (INVITE)',
      'target-rings': 'It rings there', 'target-answered': 'The other side answers', connected: 'You are connected', 'cancel-refused': 'Your phone goes on: hang up there',
      ended: 'The call is over',
    },
  },
  zh: {
    heading: '呼叫', call: '呼叫', cancel: '挂断', again: '再次呼叫', enter: '继续', forget: '清除令牌',
    token: '您的令牌（hookflash token create --user 名称）', keep: '保存在此浏览器中',
    badToken: '令牌无效。', offline: '无法连接服务器。', placing: '请稍候……', nobody: '地址中没有被叫方。',
    queued: '请稍候……', initiated: '正在让您的电话呼叫……', ringing: '对方振铃中……', 'in-progress': '已接通', completed: '通话结束',
    busy: '对方忙', 'no-answer': '无人接听', canceled: '已取消', failed: '呼叫失败',
    phoneBusy: '您的电话占线', phoneNoAnswer: '您的电话无人接听', pickUp: '请拿起您的电话',
    steps: {
      'phone-asked': '请求您的电话呼叫（REFER）', 'phone-accepted': '您的电话已接受', 'phone-refused': '您的电话不能自行呼叫',
      'phone-called': '呼叫您的电话（INVITE）', 'phone-rings': '您的电话振铃', 'phone-answered': '您已接听', 'target-called': '呼叫对方（INVITE）',
      'target-rings': '对方振铃', 'target-answered': '对方已接听', connected: '双方已接通', 'cancel-refused': '您的电话仍在通话：请在电话上挂断',
      ended: '通话结束',
    },
  },
}
const say = words[document.documentElement.lang] || words.en
const find = (id) => document.getElementById(id)
const show = (id, visible) => { find(id).hidden = !visible }
const text = (id, value) => { find(id).textContent = value }

// target is whom the address names.
const target = (() => {
  const path = location.pathname.replace(/^\/call\/?/, '')
  try { return decodeURIComponent(path) } catch { return path }
})()

const storage = 'hookflash-token'
let current = null
let wish = null // the key under which this wish is sent, until it is answered

const token = () => sessionStorage.getItem(storage) || localStorage.getItem(storage) || ''

function keep(value, long) {
  sessionStorage.removeItem(storage)
  localStorage.removeItem(storage)
  if (value) (long ? localStorage : sessionStorage).setItem(storage, value)
}

async function ask(method, path, body, key) {
  const headers = { Authorization: 'Bearer ' + token() }
  if (body) headers['Content-Type'] = 'application/json'
  if (key) headers['Idempotency-Key'] = key
  return fetch('/api/v1/calls' + path, { method, headers, body: body && JSON.stringify(body), credentials: 'omit', cache: 'no-store' })
}

// ready shows the button, or asks for the token.
function ready(message) {
  const known = token() !== ''
  show('sign-in', !known)
  show('call', known && target !== '')
  show('forget', known)
  show('cancel', false)
  find('call').disabled = false
  text('call', current ? say.again : say.call)
  if (message !== undefined) text('status', message)
  if (!known) find('token').focus()
}

async function problemOf(answer) {
  try {
    const problem = await answer.json()
    const faults = (problem.errors || []).map((fault) => [fault.message, fault.remedy].filter(Boolean).join('; '))
    return [problem.detail, ...faults].join(' ')
  } catch { return String(answer.status) }
}

function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (octet) => octet.toString(16).padStart(2, '0')).join('')
}

async function call() {
  find('call').disabled = true
  text('status', say.placing)
  find('steps').replaceChildren()
  wish ||= randomKey()
  try {
    const answer = await ask('POST', '', { to: target }, wish)
    if (answer.status === 401) {
      keep('')
      return ready(say.badToken)
    }
    wish = null
    if (!answer.ok) return ready(await problemOf(answer))
    current = await answer.json()
    draw(current)
    await follow(current.id)
  } catch { ready(say.offline) } // pressing again repeats the same wish
}

// follow reads the call's events until it is over.
async function follow(id) {
  while (current && current.id === id && !current.ended) {
    const answer = await ask('GET', '/' + encodeURIComponent(id) + '/events')
    if (!answer.ok) return ready(await problemOf(answer))
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
    for (let rest = ''; ;) {
      const { value, done } = await reader.read()
      if (done) break
      rest += value
      for (let end; (end = rest.indexOf('\n\n')) >= 0; rest = rest.slice(end + 2)) {
        const data = rest.slice(0, end).split('\n').filter((line) => line.startsWith('data: ')).map((line) => line.slice(6)).join('')
        if (data) draw(JSON.parse(data))
      }
    }
  }
}

// draw shows how far a call is.
function draw(state) {
  current = state
  let status = say[state.status] || state.status
  if (state['by-phone'] && state.status === 'busy') status = say.phoneBusy
  if (state['by-phone'] && state.status === 'no-answer') status = say.phoneNoAnswer
  const last = state.steps.length ? state.steps[state.steps.length - 1].event : ''
  if (last === 'phone-rings' || last === 'phone-called') status = say.pickUp
  text('target', state.to)
  text('status', status)
  find('steps').replaceChildren(...state.steps.map((step) => {
    const item = document.createElement('li')
    item.textContent = (say.steps[step.event] || step.event) + (step.code >= 300 ? ' (' + step.code + ')' : '')
    return item
  }))
  if (state.ended) return ready()
  show('call', false)
  show('cancel', true)
  find('cancel').disabled = false
}

async function cancel() {
  if (!current) return
  find('cancel').disabled = true
  try { await ask('DELETE', '/' + encodeURIComponent(current.id)) } catch { text('status', say.offline) }
}

text('heading', say.heading)
text('target', target || say.nobody)
document.title = say.heading + ' ' + target
text('token-label', say.token)
text('keep-label', say.keep)
text('enter', say.enter)
text('cancel', say.cancel)
text('forget', say.forget)
find('call').addEventListener('click', call)
find('cancel').addEventListener('click', cancel)
find('forget').addEventListener('click', () => { keep(''); ready('') })
find('sign-in').addEventListener('submit', (event) => {
  event.preventDefault()
  keep(find('token').value.trim(), find('keep').checked)
  find('token').value = ''
  ready('')
})
ready('')
