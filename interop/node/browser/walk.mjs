// The ways through the pages, by keyboard alone. What finds a thing on a page is
// what its form sends, its role, or what browsers fill it in by, never how it looks.
import { execFileSync } from 'node:child_process'
import { check, call, issuer, message, option, password } from '../lib.mjs'
import { go, press, tabTo, type } from './keys.mjs'

const waiting = 1048577, success = 2048, denied = 129

/** The code that an app shows which was given the key of a page. */
async function appCode(page) {
  const link = page.locator('a[href^="otpauth:"]').first()
  const key = new URL(await link.evaluate((e) => e.href)).searchParams.get('secret')
  return execFileSync(process.env.SALLYPORT, ['code'], { input: key, encoding: 'utf8' }).trim()
}

const codeField = (page, action) => page.locator(`form:has(input[name="action"][value="${action}"]) input[autocomplete="one-time-code"]`)
// What stands on the part of the page that adds a thing.
const parts = {
  app: 'input[name="action"][value="totp"]', email: 'input[autocomplete="email"]', sms: 'input[autocomplete="tel"]',
}

/** Goes to the part of the page that adds a thing, whether it is shown or a link leads there. */
async function reach(page, part) {
  for (let i = 0; i < 3 && await page.locator(parts[part]).count() === 0; i++) {
    const direct = page.locator(`a[href*="add=${part}"]`)
    await press(page, await direct.count() ? direct.first() : page.locator('a[href*="add=more"]').first())
  }
}

/** Leaves the recovery codes, where they have a page of their own. */
async function leaveCodes(page) {
  const next = page.locator('a[href*="view=next"]')
  if (await next.count()) await press(page, next)
}

const decision = (page, value) => page.locator(`button[name="decision"][value="${value}"]`)
const status = (answer) => answer.VGResponse.AuthenticationState.Status
const mail = (user) => user + '@example.com'

/** Begins a login and returns its VGResponse. */
async function begin(user, fields = {}) {
  return (await call({ Username: user, Password: password, ...fields })).VGResponse.AuthenticationResponse
}

/** Opens the page on which a user enrols. */
async function openEnrolment(page, user, fields) {
  const response = await begin(user, fields)
  await page.goto(response.AuthenticationEnrollmentRequest.EnrollmentUrl)
  return response
}

/**
 * Sends a link of a login that has begun, and opens it. The call that waits for it
 * comes back as answer().
 */
async function openLink(page, user, response, fields = {}) {
  const chosen = option({ AuthenticationResponse: response }, 'Email', 'Link')
  const sent = newest(user, 'link')
  const held = call({ AuthenticationRequestId: response.RequestId, MFAAvailableId: chosen.Id, ...fields })
  await page.goto(await until(() => newest(user, 'link', sent)))
  return { number: chosen.MatchNumber, answer: () => held }
}

/** Returns the newest link to a user, unless it is the one that is known. */
function newest(user, kind, known) {
  try {
    const { link } = message(mail(user), kind)
    return link === known ? undefined : link
  } catch {
    return undefined // nothing was sent yet
  }
}

/** Asks until there is an answer. */
async function until(ask) {
  for (let i = 0; i < 6000; i++) {
    const found = ask()
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('it never came')
}

/** Somebody without any factor adds an authenticator. */
async function firstFactor({ page, visit, elsewhere }) {
  const response = await openEnrolment(page, 'anna')
  await visit('enrol')
  await reach(page, 'app')
  await visit('enrol-app')
  await type(page, codeField(page, 'totp'), 'abcdef')
  await go(page, 'Enter')
  await visit('enrol-wrong-code')
  await reach(page, 'sms')
  await visit('enrol-mobile')
  await type(page, page.locator(parts.sms), '12')
  await go(page, 'Enter')
  await visit('enrol-wrong-number')
  await reach(page, 'email')
  await visit('enrol-email')
  await type(page, page.locator(parts.email), mail('anna'))
  await go(page, 'Enter')
  message(mail('anna'), 'enrolment')
  await visit('enrol-sent')
  await reach(page, 'app')
  await type(page, codeField(page, 'totp'), await appCode(page))
  await go(page, 'Enter')
  const text = await page.locator('main').innerText()
  const codes = text.match(/\b[A-Z2-7]{4}(?:[- ]?[A-Z2-7]{4}){3}\b/g) ?? []
  check(codes.length === 10, `got ${codes.length} recovery codes, want 10`)
  await visit('enrol-codes')
  await leaveCodes(page)
  await visit('enrol-done')
  await elsewhere(async (other) => {
    await other.page.goto(response.AuthenticationEnrollmentRequest.EnrollmentUrl)
    await other.visit('enrol-elsewhere')
  })
  const done = await call({ Username: 'anna', Password: password, AuthenticationRequestId: response.RequestId })
  check(status(done) === success, 'after the enrolment: ' + status(done))
}

/** Somebody whose address is on record, but was never confirmed, proves it first. */
async function provenAddress({ page, visit }) {
  await openEnrolment(page, 'olga')
  await visit('enrol-prove')
  await press(page, page.locator('form:has(input[name="action"][value="email-send"]) button').first())
  await visit('enrol-prove-sent')
  await type(page, codeField(page, 'email-confirm'), message(mail('olga'), 'enrolment').code)
  await press(page, page.locator('form:has(input[name="action"][value="email-confirm"]) button'), 'Space')
  await visit('enrol-proved')
}

/** Somebody who has a factor adds another, approves it by a link, and takes it back. */
async function stagedFactor({ page, visit }) {
  const response = await openEnrolment(page, 'stan')
  await visit('enrol-second')
  await reach(page, 'app')
  await type(page, codeField(page, 'totp'), await appCode(page))
  await go(page, 'Enter')
  await leaveCodes(page)
  await visit('enrol-staged')
  const link = await openLink(page, 'stan', response)
  await visit('link-adding')
  await tabTo(page, page.locator('input[type="checkbox"][name="add"]'))
  await page.keyboard.press('Space')
  await press(page, decision(page, 'approve'))
  await visit('link-added')
  check(status(await link.answer()) === success, 'the link with the box')
  await page.goto(await until(() => newest('stan', 'notice')))
  await visit('undo')
  await press(page, decision(page, 'approve'), 'Space')
  await visit('undone')
}

/** Links are approved, denied, and found used. */
async function links({ page, visit }) {
  const approved = await openLink(page, 'lena', await begin('lena'))
  await visit('link')
  const address = page.url()
  await press(page, decision(page, 'approve'), 'Space')
  await visit('link-approved')
  check(status(await approved.answer()) === success, 'the approved link')
  await page.goto(address)
  await visit('link-again')
  const refused = await openLink(page, 'dora', await begin('dora'))
  await press(page, decision(page, 'deny'))
  await visit('link-denied')
  check(status(await refused.answer()) === denied, 'the denied link')
  await page.goto(issuer + '/mfa/link/x')
  await visit('link-unknown')
}

/** Links of a client that shows a number. */
async function numbers({ page, visit }) {
  const webApp = { client_id: process.env.CLIENT_ID.replace('Native', 'WebApp') }
  const right = await openLink(page, 'nora', await begin('nora', webApp), webApp)
  await visit('link-number')
  await type(page, page.locator('input[name="number"]'), right.number)
  await press(page, decision(page, 'approve'))
  check(status(await right.answer()) === success, 'the right number')
  const wrong = await openLink(page, 'nick', await begin('nick', webApp), webApp)
  await type(page, page.locator('input[name="number"]'), String((Number(wrong.number) + 1) % 100).padStart(2, '0'))
  await press(page, decision(page, 'approve'))
  await visit('link-wrong-number')
  check(status(await wrong.answer()) !== waiting, 'the wrong number')
}

/** Two logins of one account wait, and nothing tells their links apart. */
async function twoLinks({ page, visit }) {
  const spa = { client_id: process.env.CLIENT_ID.replace('Native', 'SPA') }
  const first = await openLink(page, 'mona', await begin('mona'))
  const address = page.url()
  const second = await openLink(page, 'mona', await begin('mona', spa), spa)
  await visit('link-must-wait')
  check(await decision(page, 'approve').count() === 0, 'one of two links could be approved')
  await press(page, decision(page, 'deny'))
  check(status(await second.answer()) === denied, 'the second link')
  await page.goto(address)
  await press(page, decision(page, 'deny'))
  check(status(await first.answer()) === denied, 'the first link')
}

/** The page of what would have been sent. */
async function outbox({ page, visit }) {
  await page.goto(issuer + '/dev/outbox')
  await visit('outbox')
}

export const states = [
  'enrol', 'enrol-app', 'enrol-wrong-code', 'enrol-mobile', 'enrol-wrong-number', 'enrol-email', 'enrol-sent',
  'enrol-codes', 'enrol-done', 'enrol-elsewhere',
  'enrol-prove', 'enrol-prove-sent', 'enrol-proved',
  'enrol-second', 'enrol-staged', 'link-adding', 'link-added', 'undo', 'undone',
  'link', 'link-approved', 'link-again', 'link-denied', 'link-unknown', 'link-number', 'link-wrong-number', 'link-must-wait', 'outbox',
]

/**
 * Goes through all states. Each way has a context of its own, made with options;
 * visit(page, state) is called in each state.
 */
export async function walk(browser, options, visit) {
  const seen = []
  const context = async (way) => {
    const c = await browser.newContext(options)
    const page = await c.newPage()
    page.setDefaultTimeout(60000)
    await way({
      page, elsewhere: context,
      visit: async (state) => {
        seen.push(state)
        check(await page.locator('h1').count() === 1, state + ': not one heading')
        await visit(page, state)
      },
    })
    await c.close()
  }
  await context(async (first) => {
    await first.page.goto(issuer + '/dev/outbox')
    await visit(first.page, 'outbox-empty')
  })
  for (const way of [firstFactor, provenAddress, stagedFactor, links, numbers, twoLinks, outbox]) await context(way)
  const missed = states.filter((s) => !seen.includes(s))
  check(missed.length === 0, 'not seen: ' + missed)
}
