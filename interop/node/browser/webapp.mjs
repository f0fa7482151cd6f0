// The pages of examples/webapp as a person walks them, as axe-core sees them in light and
// dark, on a narrow screen with letters of twice the size; and their pictures, if the
// environment names a folder.
import { createHmac } from 'node:crypto'
import { createRequire } from 'node:module'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { check, step } from '../lib.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const { BASE: base, SCREENSHOTS: folder } = process.env
const passwords = JSON.parse(process.env.PASSWORDS)
const findings = []
if (folder) mkdirSync(folder, { recursive: true })

/** Returns the code of an authenticator, now or so many steps later (RFC 6238). */
function codeOf(key, later) {
  const bits = [...key.replaceAll(/\s/g, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const secret = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + later))
  const digest = createHmac('sha1', secret).update(step).digest()
  const number = digest.readUInt32BE(digest.at(-1) & 15) & 0x7fffffff
  return String(number % 1e6).padStart(6, '0')
}

/** Looks at a page in one state. */
async function look(page, state) {
  await page.evaluate(axe)
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme })
    const violations = await page.evaluate(async () => {
      const { violations } = await window.axe.run(document, { resultTypes: ['violations'] })
      return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}: ${n.failureSummary}`))
    })
    findings.push(...violations.map((v) => `${state}, ${colorScheme}: ${v}`))
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 844 })
      if (folder) await page.screenshot({ path: join(folder, `webapp-${state}-${width}-${colorScheme}.png`), fullPage: true })
    }
  }
  for (const width of [320, 390]) {
    await page.setViewportSize({ width, height: 740 })
    for (const size of ['100%', '200%']) {
      const over = await page.evaluate((size) => {
        document.documentElement.style.fontSize = size
        const { scrollWidth, clientWidth } = document.documentElement
        document.documentElement.style.fontSize = ''
        return scrollWidth - clientWidth
      }, size)
      if (over > 0) findings.push(`${state}: at ${width} px and letters of ${size} it is ${over} px too wide`)
    }
  }
  await page.setViewportSize({ width: 1280, height: 844 })
  step(state)
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM })
const errors = []
async function open() {
  const page = await (await browser.newContext()).newPage()
  page.on('console', (m) => { if (m.type() === 'error') errors.push(m.text()) })
  page.on('pageerror', (e) => errors.push(e.message))
  return page
}
const press = (page, name) => page.getByRole('button', { name }).click()
async function enter(page, path, name) {
  await page.goto(base + path)
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(passwords[name])
  await press(page, 'Sign in')
}
const mails = await open()
async function newest(selector) {
  await mails.goto(base + '/outbox')
  return mails.locator(selector).first().innerText()
}
const wants = async (page, text) => check(await page.getByText(text).first().isVisible(), `no "${text}" on ${page.url()}`)

try {
  const max = await open()
  await max.goto(base + '/')
  await look(max, 'home')
  await max.goto(base + '/admin')
  check(max.url().startsWith(base + '/sign-in?to='), 'not led to the sign-in')
  await look(max, 'sign-in')
  await max.getByLabel('Name').fill('max')
  await max.getByLabel('Password').fill('not it')
  await press(max, 'Sign in')
  await wants(max, 'Name or password is wrong.')
  await look(max, 'wrong')
  await max.getByLabel('Password').fill(passwords.max)
  await press(max, 'Sign in')
  await look(max, 'choose')
  await press(max, /^Send a code/)
  check(await max.getByLabel(/^The code/).evaluate((e) => e === document.activeElement), 'the code has not the focus')
  await look(max, 'code')
  await max.getByLabel(/^The code/).fill(await newest('code'))
  await press(max, 'Go on')
  await wants(max, 'Hello max. Only admins')
  await look(max, 'admin')

  const ada = await open()
  await enter(ada, '/vault', 'ada')
  await press(ada, /^Send a link/)
  await look(ada, 'link')
  await mails.goto(await newest('article a'))
  await press(mails, 'It was me: approve')
  await press(ada, 'I have approved it')
  await wants(ada, '100 gold coins')
  await look(ada, 'vault')
  await ada.goto(base + '/step-up?to=/vault')
  await look(ada, 'step-up')
  await press(ada, 'Go on')
  await press(ada, /^Send a link/)
  await look(ada, 'step-up-link')
  const number = await ada.locator('strong').innerText()
  await mails.goto(await newest('article a'))
  await mails.getByLabel(/^The number/).fill(number)
  await press(mails, 'It was me: approve')
  await press(ada, 'I have approved it')
  await press(ada, 'Take one')
  await wants(ada, '99 gold coins')
  await ada.goto(base + '/account')
  await look(ada, 'account')
  await ada.getByLabel(/^Your password/).fill(passwords.ada)
  await press(ada, 'Add a second factor')
  await look(ada, 'add-factor')

  const bob = await open()
  await enter(bob, '/members', 'bob')
  await wants(bob, 'Only members')
  await bob.goto(base + '/admin')
  await look(bob, 'forbidden')
  await bob.goto(base + '/vault')
  await press(bob, 'Go on')
  await look(bob, 'no-factor')

  const zoe = await open()
  await enter(zoe, '/admin', 'zoe')
  await look(zoe, 'enrol')
  const added = zoe.context().waitForEvent('page')
  await zoe.getByRole('link', { name: 'on this page' }).click()
  const add = await added
  await add.getByRole('link', { name: /^Authenticator app/ }).click()
  await add.getByText('I cannot scan it').click()
  const key = await add.locator('code.key').innerText()
  await add.getByLabel('The six digits that the app shows').fill(codeOf(key, 0))
  await press(add, 'Confirm')
  await add.getByText('recovery codes').first().waitFor()
  await zoe.getByLabel('Password').fill(passwords.zoe)
  await press(zoe, 'Sign in')
  await wants(zoe, 'Hello zoe. Only admins')
  const home = await open()
  await enter(home, '/admin', 'zoe')
  await press(home, 'Use the code of my authenticator')
  await look(home, 'authenticator')
  await home.getByLabel(/^The code of your authenticator/).fill(codeOf(key, 1)) // the next one: each is good once
  await press(home, 'Go on')
  await wants(home, 'Hello zoe. Only admins')

  await mails.goto(base + '/outbox')
  await look(mails, 'outbox')

  const second = await ada.context().newPage()
  await second.goto(base + '/account')
  await press(second, 'Sign out everywhere')
  await ada.goto(base + '/account')
  check(ada.url().startsWith(base + '/sign-in'), 'still signed in')
  step('signed-out')
} finally {
  await browser.close()
}
// 403 is an answer, and the console says so.
for (const e of errors.filter((e) => !e.includes('403'))) findings.push('console: ' + e)
for (const finding of findings) console.log('finding ' + finding.replaceAll('\n', ' '))
