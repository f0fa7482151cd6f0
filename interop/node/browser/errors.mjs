// The pages of examples/webapp on which something is wrong, and what they look like. Each says
// what is wrong in its title, in a summary and, where it is of one, beside its field.
import { chromium } from 'playwright-core'
import { check, step } from '../lib.mjs'
import { look } from './look.mjs'
import { Mails, Person, findings } from './person.mjs'
import { codeOf, scan } from './qr.mjs'

const { BASE: base, AUDIT: audit } = process.env
const passwords = JSON.parse(process.env.PASSWORDS)
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM })
const open = () => Person.open(browser, base)
const mails = new Mails(await open())

async function visit(person, state) {
  if (audit) findings.push(...await look(person.page, state))
  step(state)
}

/** A form was refused, and the page says so beside the field and above, where the focus is. */
async function refused(person, state, words, field) {
  await person.sees(words)
  const { page } = person
  check((await page.title()).startsWith('Error: '), `${state}: the title is ${await page.title()}`)
  // Where a field of the page before was led to, the address names it, and a browser goes there.
  const focus = () => location.hash !== '' || document.activeElement?.id === 'alert'
  await page.waitForFunction(focus, null, { timeout: 10000 }).catch(() => { throw new Error(state + ': the summary has not the focus') })
  if (field) {
    await page.locator('#alert a').first().click()
    check(await page.locator('#' + field).evaluate((e) => e.matches(':target') && e.getAttribute('aria-invalid') === 'true'), `${state}: the summary leads not to ${field}`)
    check(await page.locator(`#${field}-error`).count() === 1, `${state}: nothing beside ${field}`)
  }
  await visit(person, state)
}

/** Lets a form be sent though the browser knows that something is missing. */
const unchecked = (person) => person.page.locator('form').evaluateAll((forms) => forms.forEach((f) => { f.noValidate = true }))

async function signIns() {
  const me = await open()
  await me.to('/sign-in')
  await unchecked(me)
  await me.press('Sign in')
  await refused(me, 'no-name', 'Enter your name first.', 'name')
  await me.enter('max', 'not it')
  await refused(me, 'wrong-password', 'Name or password is wrong. Check both, and whether capital letters are on.', 'password')
  await me.enter('max', passwords.max)
  await me.press('Send a code to %s')
  await me.at('Enter the code')
  const right = await mails.next('max@example.com', 'code')
  await me.fill('Code', right === '111111' ? '222222' : '111111')
  await me.press('Go on')
  await refused(me, 'wrong-code', 'That code is not right. Use the newest one; if it is an app’s, let your phone set its clock by the network.', 'code')
  await unchecked(me)
  await me.press('Go on')
  await refused(me, 'no-code', 'Enter the code first.', 'code')
  await stale(me)
}

/** A page whose browser has lost its cookies, or is of an earlier sign-in. */
async function stale(me) {
  await me.to('/sign-in')
  const other = await me.tab()
  await other.to('/sign-in')
  await other.press('Begin again')
  await other.at('Sign in')
  await me.press('Send another code')
  await refused(me, 'stale', 'Nothing was done: you sent a page from before. This is how it stands now.')
  await me.page.context().clearCookies()
  await me.enter('max', passwords.max)
  await refused(me, 'no-cookies', 'Nothing was done: your browser brought no cookie of this page. Allow cookies for this site, and try again.')
}

async function links() {
  const me = await open()
  await me.to('/members')
  await me.enter('ada', passwords.ada)
  await me.press('Send a link to %s')
  await me.at('Open the link that we have sent')
  await me.press('I have approved it')
  await refused(me, 'link-unanswered', 'The link has not been answered yet. Open it, answer there, and then go on here.')
  const phone = await open()
  const link = await mails.next('ada@example.com', 'link')
  await phone.to(link)
  await unchecked(phone)
  await phone.press('It was me: approve')
  await refused(phone, 'no-number', 'Enter the two digits that the sign-in shows.', 'number')
  const number = await me.page.locator('.number').innerText()
  await phone.page.locator('#number').fill(number === '11' ? '12' : '11')
  await phone.press('It was me: approve')
  await phone.at('That was not the number')
  await visit(phone, 'wrong-number')
  await refused(me, 'stopped', 'This sign-in was stopped: somebody said that it was not them, or typed a wrong number. If it was you, sign in once more.')
  await phone.to('/mfa/link/0123456789abcdef')
  await phone.at('This page is not available')
  await visit(phone, 'link-unknown')
}

async function signUps() {
  const me = await open()
  await me.to('/sign-up')
  await unchecked(me)
  await me.press('Make my account')
  await refused(me, 'sign-up-empty', 'The name is missing. Choose one, by which you will sign in.', 'name')
  await me.fill('User name', 'x')
  await me.fill('E-mail address', 'nowhere')
  await me.fill('Password', 'password')
  await me.press('Make my account')
  await refused(me, 'sign-up-refused', 'This is no address to which mail can be sent. Write it as in name@example.com.', 'name')
  await me.fill('User name', 'bob')
  await me.fill('E-mail address', 'bob@example.com')
  await me.fill('Password', 'nine otters in the reeds')
  await me.press('Make my account')
  await me.to(await mails.next('bob@example.com', 'account'))
  await me.press('Make my account')
  await refused(me, 'name-taken', 'This name is taken. Choose another one.', 'name')
  const other = await open()
  await other.to('/account/verify/0123456789abcdef')
  await other.at('This link is no longer good')
  await visit(other, 'verify-over')
  await other.to('/account/reset/0123456789abcdef')
  await other.at('This link is no longer good')
  await visit(other, 'reset-over')
  await other.to('/forgot')
  await unchecked(other)
  await other.press('Send me the mail')
  await refused(other, 'forgot-empty', 'The name is missing. Enter the one by which you sign in.', 'name')
}

/** What goes wrong on the pages of an account. */
async function accounts() {
  const me = await open()
  await me.to('/vault')
  await me.enter('bob', passwords.bob)
  await me.at('Is it still you?')
  await me.press('Go on')
  await refused(me, 'no-factor', 'Your account has no second factor that counts here. Add one on the page of your account first.')
  await me.to('/account/password')
  await me.fill('Present password', 'not it')
  await me.fill('New password', 'nine otters in the reeds')
  await me.fill('The new one once more', 'nine otters in the weeds')
  await me.press('Set the new password')
  await refused(me, 'not-the-same', 'This is not the same password. Enter the new one twice.', 'again')
  await me.fill('Present password', passwords.bob)
  await me.fill('New password', 'password')
  await me.fill('The new one once more', 'password')
  await me.press('Set the new password')
  await refused(me, 'refused-password', 'This password cannot be used.', 'new')
  await me.fill('Present password', 'not it')
  await me.fill('New password', 'nine otters in the reeds')
  await me.fill('The new one once more', 'nine otters in the reeds')
  await me.press('Set the new password')
  await refused(me, 'not-the-present', 'This is not your present password.', 'password')
  await me.to('/account/close')
  await unchecked(me)
  await me.press('Go on')
  await refused(me, 'not-sure', 'Tick the box first: a closed account cannot be opened again.', 'sure')
  await me.to('/account/email')
  await me.fill('New e-mail address', 'nowhere')
  await me.fill('Present password', passwords.bob)
  await me.press('Go on')
  await refused(me, 'no-address', 'This is no e-mail address. Enter one such as name@example.com.', 'email')
  await me.to('/account/factors/remove?factor=none')
  await visit(me, 'no-such-factor')
  await enrolments(me)
}

/** What goes wrong where an authenticator is added, and where it is then renamed. */
async function enrolments(me) {
  await me.to('/account/factors')
  await me.fill('Present password', passwords.bob)
  await me.press('Go on')
  await me.follow('Add one now')
  await me.follow('Authenticator app')
  await me.shown(me.page.locator('img.qr'), 'picture')
  const key = await scan(me.page)
  await me.fill('The six digits that the app shows', codeOf(key) === '111111' ? '222222' : '111111')
  await me.press('Confirm')
  await refused(me, 'enrol-wrong-code', 'That code is not right. Use the one that the app shows now, and let your phone set its clock by the network.', 'code')
  await me.fill('The six digits that the app shows', codeOf(key))
  await me.press('Confirm')
  await me.follow('I have saved them')
  await me.follow('Go back to %s')
  await me.at('Your account')
  await me.page.locator('summary').first().click()
  await unchecked(me)
  await me.fill('Name of the app or phone', '')
  await me.press('Save the name')
  await refused(me, 'no-label', 'Enter a name of at most 64 characters, such as “Work phone”.', 'label-0')
}

try {
  await Promise.all([signIns(), links(), signUps(), accounts()])
} finally {
  await browser.close()
}
for (const finding of findings) console.log('finding ' + finding.replaceAll('\n', ' '))
