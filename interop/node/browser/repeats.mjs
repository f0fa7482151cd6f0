// Each form of the table in docs/pages.md, sent in each of its ways, in a browser without
// scripts; and what the table says that comes of it.
import { chromium } from 'playwright-core'
import { check, password, step } from '../lib.mjs'
import { Person, findings } from './person.mjs'

const { table, sites } = JSON.parse(process.env.REPEATS)
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM })

/** Has the host do what only a test may ask for. */
async function host(person, what, fields = {}) {
  const answer = await fetch(`${person.base}/test/${what}`, { method: 'POST', body: new URLSearchParams(fields) })
  check(answer.ok, `${what}: ${answer.status}`)
  return answer.text()
}

/** Types name and password, and stays signed in when the browser is restarted. */
async function enter(me, name) {
  await me.field('Keep me signed in on this device').check()
  await me.enter(name, password)
}

/** Sends a form of a page of this browser without showing it: what is walked comes after. */
async function post(me, path, fields) {
  const { request } = me.page.context()
  const [, nonce] = /name="nonce" value="([0-9a-f]+)"/.exec(await (await request.get(me.base + path)).text())
  const answer = await request.post(me.base + path, { form: { nonce, ...fields }, headers: { Origin: me.base } })
  check(answer.ok(), `${path}: ${answer.status()}`)
  return answer.text()
}

async function signedIn(me, name, to) {
  await post(me, '/sign-in', { action: 'password', name, password, keep: 'yes' })
  await me.to(to)
}

/** Is signed in, and has proven a second factor too long ago. */
async function provenBefore(me) {
  const shown = await post(me, '/sign-in', { action: 'password', name: 'tom', password, keep: 'yes' })
  const hidden = (name) => new RegExp(`name="${name}" value="([^"]+)"`).exec(shown)[1]
  await post(me, '/sign-in', { action: 'code', of: hidden('of'), option: hidden('option'), code: await host(me, 'code') })
  await host(me, 'later', { by: '6m' })
  await me.to('/vault')
  await me.at('Is it still you?')
}

async function fillPasswords(me) {
  await me.fill('Present password', password)
  await me.fill('New password', 'eleven green bottles')
  await me.fill('The new one once more', 'eleven green bottles')
}

const nothing = async () => {}

// How somebody comes to each form, what they fill in, and the button that sends it.
const forms = {
  'sign-in: name and password': {
    begin: (me) => me.to('/sign-in?to=/members'),
    fill: async (me) => { await me.fill('User name', 'bob'); await me.fill('Password', password) },
    button: 'Sign in',
  },
  'sign-in: way': {
    begin: async (me) => { await me.to('/members'); await enter(me, 'ada'); await me.at('Show that it is you') },
    fill: nothing, button: 'Send a code to %s',
  },
  'sign-in: code': {
    begin: async (me) => { await me.to('/members'); await enter(me, 'tom'); await me.at('Enter the code') },
    fill: async (me) => me.fill('Code', await host(me, 'code')), button: 'Go on',
  },
  'sign-in: new password': {
    begin: async (me) => { await me.to('/members'); await enter(me, 'mia'); await me.at('Choose a new password') },
    fill: fillPasswords, button: 'Set the new password',
  },
  'step-up: begin': { begin: provenBefore, fill: nothing, button: 'Go on' },
  'step-up: code': {
    begin: async (me) => { await provenBefore(me); await me.press('Go on'); await me.at('Enter the code') },
    fill: async (me) => me.fill('Code', await host(me, 'code')), button: 'Go on',
  },
  'sign out': { begin: (me) => signedIn(me, 'bob', '/sign-out'), fill: nothing, button: 'Sign out' },
  'sign-up': {
    begin: (me) => me.to('/sign-up'),
    fill: async (me) => {
      await me.fill('User name', 'eve')
      await me.fill('E-mail address', 'eve@example.com')
      await me.fill('Password', 'eleven green bottles')
    },
    button: 'Make my account',
  },
  'forgotten password': { begin: (me) => me.to('/forgot'), fill: (me) => me.fill('User name', 'ada'), button: 'Send me the mail' },
  'account: language': {
    begin: (me) => signedIn(me, 'bob', '/account'),
    fill: (me) => me.page.locator('#language').selectOption('en'), button: 'Use this language',
  },
  'account: e-mail address': {
    begin: (me) => signedIn(me, 'bob', '/account/email'),
    fill: async (me) => { await me.fill('New e-mail address', 'bob@example.com'); await me.fill('Present password', password) },
    button: 'Go on',
  },
  'account: sign out everywhere else': {
    begin: async (me) => {
      const other = await open(me.base)
      await signedIn(other, 'bob', '/account')
      await other.close()
      await signedIn(me, 'bob', '/account')
    },
    fill: nothing, button: 'Sign out everywhere else',
  },
  'account: new password': {
    begin: async (me) => { await signedIn(me, 'bob', '/members'); await host(me, 'later', { by: '1s' }); await me.to('/account/password') },
    fill: fillPasswords, button: 'Set the new password',
  },
}

/** Clicks, and waits for the page that follows. */
async function click(me, form) {
  const loaded = me.page.waitForEvent('load')
  await me.button(form.button).click()
  await loaded
}

async function send(me, form) {
  await form.fill(me)
  await click(me, form)
}

// The columns of the table: each is how a form is sent once more, or late, and returns where
// its last answer is shown.
const ways = {
  // Chromium sends a form once if it is clicked twice before the first has left.
  'double click': async (me, form) => {
    await form.fill(me)
    await host(me, 'slow')
    await me.button(form.button).scrollIntoViewIfNeeded()
    const { x, y } = await me.button(form.button).boundingBox()
    await me.page.mouse.click(x + 5, y + 5)
    await host(me, 'held')
    const loaded = me.page.waitForEvent('load')
    await me.page.mouse.click(x + 5, y + 5)
    await loaded
    return me
  },
  // The first answer is shown in a window beside it.
  twice: async (me, form) => {
    await form.fill(me)
    const beside = me.page.context().waitForEvent('page')
    await me.button(form.button).click({ modifiers: ['Control'] })
    await (await beside).waitForLoadState('load')
    await click(me, form)
    return me
  },
  'second tab': async (me, form) => {
    const other = await me.tab()
    await other.to(me.page.url())
    await send(me, form)
    await send(other, form)
    return other
  },
  // Chromium asks anew for a page that no cache may keep. Others show the page from before, as
  // a window does that has stood beside it.
  back: async (me, form) => {
    const before = await me.tab()
    await before.to(me.page.url())
    await send(me, form)
    await host(me, 'later', { by: '1m' })
    const answer = await me.page.goBack({ waitUntil: 'load' })
    check(!answer || answer.status() < 400, `back leads to ${answer?.status()}`)
    await send(before, form)
    return before
  },
  'signed out': async (me, form) => {
    const other = await me.tab()
    await other.to('/sign-in')
    if (await other.button('Begin again').count()) {
      await other.press('Begin again')
      await other.at('Sign in')
    }
    if (await other.page.locator('#password').count()) await post(other, '/sign-in', { action: 'password', name: 'bob', password })
    await other.to('/sign-out')
    await other.press('Sign out')
    await other.at('You are signed out')
    await send(me, form)
    return me
  },
  restarted: async (me, form) => {
    const context = me.page.context()
    const kept = (await context.cookies()).filter((c) => c.expires !== -1)
    await context.clearCookies()
    await context.addCookies(kept)
    const other = await me.tab()
    await other.to('/sign-in')
    await send(me, form)
    return me
  },
}

const open = (base) => Person.open(browser, base, { javaScriptEnabled: false })

/** Where somebody is: the address, and the title, which has the fault if there is one. */
const where = async (me) => `${me.page.url().slice(me.base.length)} ${await me.page.title()}`

/** Names what came of a form, where it leads to that page when it is sent once. */
async function outcome(me, once) {
  if (await where(me) === once) return 'same'
  const text = await me.page.locator('main').innerText()
  if (text.includes('Nothing was done: you sent a page from before.')) return 'nothing'
  if (text.includes('Nothing was done: your session has ended')) return 'signed out'
  return `${await where(me)}: ${text}`
}

async function walk(name) {
  const form = forms[name]
  let me = await open(sites[name])
  await form.begin(me)
  await send(me, form)
  const once = await where(me)
  for (const [way, want] of Object.entries(table[name])) {
    me = await me.moveTo(sites[`${name}/${way}`])
    await form.begin(me)
    const got = await outcome(await ways[way](me, form), once)
    if (got !== want) findings.push(`${name}, ${way}: got ${got}, docs/pages.md says ${want}`)
    step(`${name}, ${way}`)
  }
  await me.close()
}

try {
  const names = Object.keys(table)
  check(names.every((name) => forms[name]), 'not known here: ' + names.filter((name) => !forms[name]))
  await Promise.all([0, 1, 2].map(async () => {
    for (let name = names.pop(); name; name = names.pop()) await walk(name)
  }))
} finally {
  await browser.close()
}
for (const finding of findings) console.log('finding ' + finding.replaceAll('\n', ' '))
