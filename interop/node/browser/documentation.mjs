// The documentation page: how it looks without a script and with one, and what its forms do. It
// reaches no other server, and keeps nothing.
import { chromium } from 'playwright-core'
import { check, issuer, message, step } from '../lib.mjs'
import { look } from './look.mjs'

const address = issuer + '/documentation/index.html'
const findings = []
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM })

/** Opens the page, and notes what it asks of others and what the console says. */
async function open(options) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.on('request', (r) => {
    if (new URL(r.url()).origin !== new URL(issuer).origin && !r.url().startsWith('blob:')) findings.push('asked of another server: ' + r.url())
  })
  // A refused call is in the console too, as the status that the page shows.
  page.on('console', (m) => { if (m.type() === 'error' && !/Failed to load resource: the server responded with a status of 40/.test(m.text())) findings.push('console: ' + m.text()) })
  page.on('pageerror', (err) => findings.push('error: ' + err.message))
  await page.goto(address)
  return page
}

/** Without a script there is all to read, and no form that does nothing. */
async function plain() {
  const page = await open({ javaScriptEnabled: false })
  check(await page.locator('article').count() > 20, 'there are few operations')
  check(await page.locator('form:visible').count() === 0, 'a form shows that does nothing')
  for (const link of await page.locator('nav a').all()) {
    const id = (await link.getAttribute('href')).slice(1)
    check(await page.locator(`h3[id="${id}"]`).count() === 1, `a link leads to no operation: ${id}`)
  }
  await page.locator('nav a').first().focus()
  await page.keyboard.press('Enter')
  check(new URL(page.url()).hash !== '', 'the list leads nowhere by the keyboard')
  step('plain')
}

/** Every state as axe-core sees it, also where all that can be opened is open. */
async function looks() {
  const page = await open()
  findings.push(...await look(page, 'closed'))
  await page.locator('details').evaluateAll((all) => all.forEach((d) => { d.open = true }))
  findings.push(...await look(page, 'open'))
  step('looks')
}

const form = (page, method, path) => page.locator(`form[data-method="${method}"][data-path="${path}"]`)

/** Sends a form by the keyboard, and returns what came. */
async function send(form, fields = {}) {
  if (await form.locator('button').isHidden()) {
    await form.locator('summary').focus()
    await form.page().keyboard.press('Enter')
  }
  for (const [name, text] of Object.entries(fields)) await form.locator(`[name="${name}"]`).fill(text)
  await form.locator('button').focus()
  await form.page().keyboard.press('Enter')
  await form.locator('.came').waitFor()
  await form.getByText('The answer has the status').waitFor()
  return form.locator('.came').innerText()
}

const expect = (came, ...parts) => parts.forEach((part) => check(came.includes(part), `got ${came.slice(0, 2000)}, want ${part}`))

/** Logs in by the forms, and asks with the token that came. */
async function tries() {
  const page = await open()
  const token = form(page, 'POST', '/connect/token')
  const password = await token.locator('[name="Password"]').inputValue()
  expect(await send(token, { Username: process.env.LOGIN, Password: process.env.PASSWORD, client_id: process.env.CLIENT_ID, scope: '' }), '200 OK', 'content-type: application/json', '"access_token"', 'cache-control: no-store')
  expect(await send(form(page, 'GET', '/connect/userinfo')), '200 OK', `"vgUserId": "${process.env.LOGIN}"`)
  expect(await send(form(page, 'GET', '/api/Principal/IsInRoleByName'), { roleName: 'Clerk' }), '200 OK', 'true')
  expect(await send(form(page, 'GET', '/Security/HasPermissionById/{id}'), { id: '../../connect/token' }), '403', 'insufficient_scope')
  expect(await send(form(page, 'POST', '/connect/introspect'), { client_id: process.env.CLIENT_ID, client_secret: process.env.CLIENT_SECRET }), '"active"')
  const held = await form(page, 'GET', '/connect/userinfo').locator('[name="Authorization"]').inputValue()
  expect(await send(form(page, 'GET', '/connect/userinfo'), { Authorization: ` Bearer ${held} ` }), '200 OK', `"vgUserId": "${process.env.LOGIN}"`)
  for (const cut of ['{"access_', '', '{"VGResponse":{"AuthenticationResponse":{"MFAAvailables":[null]}}}']) {
    await page.route('**/connect/userinfo', (r) => r.fulfill({ status: 200, contentType: 'application/json', body: cut }))
    expect(await send(form(page, 'GET', '/connect/userinfo')), '200 OK', cut)
    await page.unroute('**/connect/userinfo')
  }
  expect(await send(form(page, 'GET', '/connect/userinfo'), { Authorization: 'nonsense' }), '401', 'www-authenticate: Bearer')
  expect(await send(token, { Username: '<img src=x onerror=alert(1)>', Password: 'x', scope: '' }), '400', '"error"')
  findings.push(...await look(page, 'answered'))
  const kept = await page.evaluate(async () => ({
    local: localStorage.length, session: sessionStorage.length, cookies: document.cookie, caches: (await caches.keys()).length, address: location.href,
  }))
  check(kept.local + kept.session + kept.caches === 0 && kept.cookies === '', 'something is kept: ' + JSON.stringify(kept))
  check(kept.address === address, 'the address has changed: ' + kept.address)
  await page.reload()
  check(await token.locator('[name="Password"]').inputValue() === password, 'the password that was typed is still there')
  step('tries')
}

/** The three calls of a login, of which each fills in what the next one needs. */
async function logsIn() {
  const page = await open()
  const token = form(page, 'POST', '/connect/token')
  const field = (name) => token.locator(`[name="${name}"]`)
  const mailed = process.env.MAILED
  expect(await send(token, { Username: mailed, Password: process.env.PASSWORD, client_id: process.env.CLIENT_ID, scope: '' }), '400', 'MFA_AuthenticationRequired')
  check(await field('MFAAvailableId').inputValue() !== '', 'the option was not carried on')
  expect(await send(token), '400', 'MFA_WaitingUserAction')
  expect(await send(token, { MFASecureCode: message(mailed + '@example.com', 'otp').code }), '200 OK', '"access_token"')
  for (const name of ['AuthenticationRequestId', 'MFAAvailableId', 'MFASecureCode']) check(await field(name).inputValue() === '', name + ' is still of the login that is over')
  expect(await send(form(page, 'GET', '/api/Principal/GetIdentity')), '200 OK', mailed)
  step('logs in')
}

/** A picture shows as one, and a call that waits can be given up. */
async function pictures() {
  const page = await open()
  expect(await send(form(page, 'POST', '/connect/token'), { Username: process.env.NEWCOMER, Password: process.env.PASSWORD, client_id: process.env.CLIENT_ID, scope: '' }), '400', 'MFA_EnrollmentRequired')
  expect(await send(form(page, 'GET', '/api/MFAEnrollment/EnrollUserToMicrosoftAuthenticatorByImage')), '200 OK', 'content-type: image/png')
  const wide = await page.locator('img[alt="The picture that came"]').evaluate(async (img) => { await img.decode(); return img.naturalWidth })
  check(wide >= 300, 'the picture is ' + wide + ' wide')
  let calls = 0
  await page.route('**/connect/token', () => { calls++ }) // which never answers
  const token = form(page, 'POST', '/connect/token')
  const heldDown = async () => {
    await token.locator('[name="Username"]').focus()
    for (let i = 0; i < 3; i++) await page.keyboard.down('Enter')
    await page.keyboard.up('Enter')
  }
  for (const press of [() => token.locator('button').dblclick(), heldDown]) {
    calls = 0
    await press()
    check(await token.locator('[role=status]').innerText() === 'Waiting for the answer.', 'a button that was pressed twice gives the call up')
    await token.getByText('Stop waiting').click()
    await token.getByText('The call was given up.').waitFor()
    check(calls < 2, `a button that was pressed twice has called ${calls} times`)
  }
  step('pictures')
}

try {
  await plain()
  await looks()
  await tries()
  await logsIn()
  await pictures()
} finally {
  await browser.close()
}
for (const finding of findings) console.log('finding ' + finding.replaceAll('\n', ' '))
