// The life of an account on the pages of examples/webapp, as people walk it: from the sign-up
// to a sign-out everywhere, and what an admin does. WALK says which parts, and AUDIT whether
// each page is looked at by axe-core.
import { chromium } from 'playwright-core'
import { check, step } from '../lib.mjs'
import { look } from './look.mjs'
import { Mails, Person, findings } from './person.mjs'
import { codeOf, scan } from './qr.mjs'
import { language } from './words.mjs'

const { BASE: base, AUDIT: audit } = process.env
const scripts = process.env.SCRIPTS !== 'off'
const passwords = JSON.parse(process.env.PASSWORDS)
const nora = { name: 'nora', email: 'nora@example.com', password: 'seven lanterns by the harbour' }

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM })
const open = () => Person.open(browser, base, { javaScriptEnabled: scripts })
const mails = new Mails(await open())

/** A state of the pages that a person has come to. */
async function visit(person, state) {
  check(await person.page.locator('h1').count() === 1, state + ': not one heading')
  const lang = await person.page.locator('html').getAttribute('lang')
  const ours = await person.page.locator('link[rel=stylesheet]').count() > 0 // a page of the app's own, which speaks English
  check(lang === (ours ? 'en' : language), `${state}: in ${lang}`)
  if (audit) findings.push(...await look(person.page, state))
  step(state)
}

/** Answers a link that was mailed, on another device. */
async function approve(to, number, state) {
  const phone = await open()
  await phone.to(await mails.next(to, 'link'))
  await phone.at(state === 'sign-in' ? 'Is this you signing in?' : 'Is this you?')
  await phone.page.locator('#number').fill(number)
  await visit(phone, state + '-approve')
  await phone.press('It was me: approve')
  await phone.at('Approved')
  await visit(phone, state + '-approved')
  await phone.close()
}

/** Goes on once a link was answered: by itself, or without scripts by a reload and the button. */
async function goOn(person) {
  if (scripts) return
  await person.page.reload()
  await person.sees('The link was answered. Go on here.')
  await person.press('Go on')
}

async function signUp(me) {
  await me.to('/')
  await visit(me, 'home')
  await me.page.getByRole('link', { name: 'make an account' }).click()
  await me.at('Make an account')
  await visit(me, 'sign-up')
  await me.fill('User name', nora.name)
  await me.fill('E-mail address', nora.email)
  await me.fill('Password', nora.password)
  await me.press('Make my account')
  await me.at('Look into your mail')
  await visit(me, 'sign-up-sent')
  await me.to(await mails.next(nora.email, 'account'))
  await me.at('Make your account')
  check(await me.page.locator('[type=password]').count() === 0, 'the password is asked for once more')
  await visit(me, 'verify')
  await me.press('Make my account')
  await me.at('Your account is made')
  await visit(me, 'account-made')
  await me.follow('Sign in')
}

async function firstSignIn(me) {
  await me.at('Sign in')
  await visit(me, 'sign-in')
  await me.enter(nora.name, nora.password)
  await me.page.waitForURL(base + '/')
  await visit(me, 'home-signed-in')
}

/** Adds the mailbox as a second factor: the first one, since a mere password adds no other. */
async function addMail(me) {
  await me.to('/account')
  await me.at('Your account')
  await visit(me, 'account')
  await me.follow('Add a second factor')
  await me.at('Add a second factor')
  await visit(me, 'add')
  await me.fill('Present password', nora.password)
  await me.press('Go on')
  await me.sees('Add your second factor on the page below. Then come back here and go on.')
  await visit(me, 'add-begun')
  await me.follow('Add one now')
  await me.at('First, confirm your e-mail address')
  await visit(me, 'add-prove')
  await me.press('Send a code there')
  await me.at('Enter the code')
  await visit(me, 'add-prove-code')
  await me.fill('The code from the message', await mails.next(nora.email, 'code'))
  await me.press('Confirm')
  await me.at('You are all set')
  await visit(me, 'add-done')
  await me.follow('Go back to %s')
  await me.sees('Your second factor is added; every other session has ended.')
  await visit(me, 'account-added')
}

/** Adds an authenticator and confirms it by the mailbox; returns its key and the recovery codes. */
async function addApp(me) {
  await me.follow('Add another second factor')
  await me.fill('Present password', nora.password)
  await me.press('Go on')
  await me.follow('Add one now')
  const got = await enrol(me, 'add')
  await me.at('One more step')
  await visit(me, 'add-staged')
  await me.follow('Go back to %s')
  await me.at('Show that it is you')
  await me.sees('It is confirmed, and not active yet: show with a second factor that you had before that it is you.')
  await visit(me, 'add-confirm')
  await me.press('Send a code to %s')
  await me.at('Enter the code')
  await me.fill('Code', await mails.next(nora.email, 'code'))
  await me.press('Go on')
  await me.sees('Your second factor is added; every other session has ended.')
  await me.sees('You have %d left. Each stands in for your authenticator app once, if you lose your phone.')
  await visit(me, 'account-app')
  return got
}

/** Reads the key off the screen, confirms it, and saves the recovery codes. */
async function enrol(me, state) {
  await me.shown(me.page.locator('ul.choices, img.qr'), 'choice or picture')
  if (await me.page.locator('ul.choices').count()) {
    await visit(me, state + '-choices')
    await me.follow('Authenticator app')
  }
  await me.shown(me.page.locator('img.qr'), 'picture')
  await visit(me, state + '-app')
  const key = await scan(me.page)
  await me.fill('The six digits that the app shows', codeOf(key))
  await me.press('Confirm')
  await me.at('Save your recovery codes')
  const codes = await me.page.locator('ul.codes code').allInnerTexts()
  check(codes.length === 10, `got ${codes.length} recovery codes, want 10`)
  await visit(me, state + '-codes')
  const saved = decodeURIComponent((await me.page.locator('a[download]').getAttribute('href')).split(',')[1])
  check(saved.trim() === codes.join('\n'), 'the file has other codes')
  await me.follow('I have saved them')
  return { key, codes }
}

async function signOut(me) {
  await me.to('/sign-out')
  await me.at('Sign out?')
  await me.press('Sign out')
  await me.at('You are signed out')
}

/** Signs in by the code of the authenticator, the next one, since each is good once. */
async function byApp(me, key) {
  await me.to('/sign-in?to=/account')
  await me.enter(nora.name, nora.password)
  await me.press('Use a code from my authenticator app')
  await me.at('Enter the code')
  await visit(me, 'app-code')
  await me.fill('Code', codeOf(key, 1))
  await me.press('Go on')
  await me.at('Your account')
}

/** Signs in by a link that is mailed. */
async function byLink(me) {
  await me.to('/account')
  await me.enter('ada', passwords.ada)
  await me.at('Show that it is you')
  await visit(me, 'choose')
  await me.press('Send a link to %s')
  await me.at('Open the link that we have sent')
  await visit(me, 'link')
  await approve('ada@example.com', await me.page.locator('.number').innerText(), 'sign-in')
  await goOn(me)
  await me.at('Your account')
  await visit(me, 'account-mail')
}

/** Signs in by a code that is mailed, and has this browser remembered. */
async function byCode(me) {
  await me.to('/account')
  await me.enter('ada', passwords.ada)
  await me.press('Send a code to %s')
  await me.at('Enter the code')
  await visit(me, 'code')
  await me.fill('Code', await mails.next('ada@example.com', 'code'))
  await me.field('Do not ask me again on this device for a while').check()
  await me.press('Go on')
  await me.at('Your account')
  await me.sees('Remembered devices')
  await visit(me, 'account-device')
}

/** Is asked for no second factor in this browser, until something dear wants one. */
async function remembered(me) {
  await me.to('/members')
  await me.enter('ada', passwords.ada)
  await me.sees('Hello ada. Only members see this page.')
  await visit(me, 'members')
}

/** Proves a second factor anew for the vault, by a link with a number. */
async function vault(me) {
  await me.to('/vault')
  await me.at('Is it still you?')
  await visit(me, 'step-up')
  await me.press('Go on')
  await me.at('Show that it is you')
  await me.press('Send a link to %s')
  await me.at('Open the link that we have sent')
  await visit(me, 'step-up-link')
  await approve('ada@example.com', await me.page.locator('.number').innerText(), 'step-up')
  await goOn(me)
  await me.sees('There are 100 gold coins in here.')
  await me.press('Take one')
  await me.sees('There are 99 gold coins in here.')
  await visit(me, 'vault')
}

/** Has the device forgotten, and is asked again. */
async function forget(me) {
  await me.to('/account')
  await me.press('Forget this device')
  await me.sees('That device is no longer remembered: the next sign-in on it asks for a second factor.')
  await me.lacks('Remembered devices')
  await signOut(me)
  await me.to('/account')
  await me.enter('ada', passwords.ada)
  await me.at('Show that it is you')
}

/** Sets a forgotten password anew, by the mailed link and a recovery code. */
async function forgot(me, codes) {
  await me.to('/sign-in')
  await me.follow('I forgot my password')
  await me.at('Forgotten password')
  await me.fill('User name', nora.name)
  await visit(me, 'forgot')
  await me.press('Send me the mail')
  await me.at('Look into your mail')
  await visit(me, 'forgot-sent')
  await me.to(await mails.next(nora.email, 'reset'))
  await me.at('Set a new password')
  await visit(me, 'reset')
  await me.press('Go on')
  await me.at('Enter the code')
  await visit(me, 'reset-code')
  await me.fill('The six digits that the app shows', codes[0])
  await me.press('Confirm')
  await me.at('Set a new password')
  await visit(me, 'reset-password')
  nora.password = 'eight herons over the weir'
  await me.fill('New password', nora.password)
  await me.fill('The same once more', nora.password)
  await me.press('Set the password')
  await me.at('Your new password is set')
  await visit(me, 'reset-done')
  await me.follow('Sign in')
  await me.at('Sign in')
  await byRecovery(me, codes[1])
}

/** Signs in by a recovery code in place of the authenticator. */
async function byRecovery(me, code) {
  await me.enter(nora.name, nora.password)
  await me.press('Use a code from my authenticator app')
  await me.follow('I cannot use the app: use a recovery code')
  await me.field('Recovery code').waitFor()
  await visit(me, 'recovery-code')
  await me.fill('Recovery code', code)
  await me.press('Go on')
  await me.page.waitForURL(base + '/')
}

/** Signs out everywhere in another browser: the next click in this one does nothing. */
async function everywhere(me, code) {
  const other = await open()
  await other.to('/sign-in')
  await byRecovery(other, code)
  await me.to('/account')
  await visit(me, 'account-sessions')
  await other.to('/account')
  await other.press('Sign out everywhere')
  await other.at('You are signed out')
  await visit(other, 'signed-out')
  await me.press('Use this language')
  await me.at('You are signed out')
  await me.sees('Nothing was done: your session has ended, here or in another window.')
  await visit(me, 'session-over')
  await me.follow('Sign in')
  await me.at('Sign in')
  await other.close()
}

/** Somebody of whom a second factor is required adds one on the way to a page of the admins. */
async function onTheWay() {
  const zoe = await open()
  await zoe.to('/admin')
  await zoe.enter('zoe', passwords.zoe)
  await zoe.at('Add a second factor')
  await visit(zoe, 'enrol')
  await zoe.follow('Add one now')
  const { key } = await enrol(zoe, 'enrol')
  await zoe.at('You are all set')
  await visit(zoe, 'enrol-done')
  await zoe.follow('Go back to %s')
  await zoe.at('One more step')
  await visit(zoe, 'enrolled')
  await zoe.press('Go on')
  await zoe.sees('Hello zoe. Only admins see this page, and each of them has proven a second factor.')
  await visit(zoe, 'admin')
  await zoe.close()
  return key
}

/** An admin locks somebody, who is out at once, and unlocks them. */
async function lock() {
  const bob = await open()
  await bob.to('/members')
  await bob.enter('bob', passwords.bob)
  await bob.sees('Hello bob. Only members see this page.')
  await bob.to('/admin')
  await bob.at('Not for you')
  await visit(bob, 'forbidden')
  const max = await open()
  await max.to('/admin')
  await max.enter('max', passwords.max)
  await max.press('Send a code to %s')
  await max.fill('Code', await mails.next('max@example.com', 'code'))
  await max.press('Go on')
  await max.at('Admin')
  await max.follow('bob')
  await max.at('bob')
  await visit(max, 'admin-user')
  await deed(max, 'Lock', 'stole a spoon')
  await max.sees('The account is locked.')
  await visit(max, 'admin-locked')
  await bob.to('/members')
  await bob.enter('bob', passwords.bob)
  await bob.sees('Your account is locked. Ask whoever runs this site.')
  await visit(bob, 'locked')
  await deed(max, 'Unlock', 'gave it back')
  await max.sees('Its owner may sign in.')
  await bob.enter('bob', passwords.bob)
  await bob.sees('Hello bob. Only members see this page.')
  for (const person of [bob, max]) await person.close()
}

/** Does something to the account that a page shows, and says why. */
async function deed(admin, name, why) {
  const box = admin.page.locator('details').filter({ has: admin.page.getByRole('button', { name, exact: true, includeHidden: true }) })
  await box.locator('summary').click()
  await box.getByLabel('Reason').fill(why)
  await box.getByRole('button', { name, exact: true }).click()
}

/** Who signs up, and all that comes after. */
async function life() {
  const me = await open()
  await signUp(me)
  await firstSignIn(me)
  await addMail(me)
  const { key, codes } = await addApp(me)
  await signOut(me)
  await byApp(me, key)
  await signOut(me)
  await forgot(me, codes)
  await everywhere(me, codes[2])
}

/** Whose second factor is a mailbox. */
async function byMail() {
  const ada = await open()
  await byLink(ada)
  await signOut(ada)
  await byCode(ada)
  await signOut(ada)
  await remembered(ada)
  await vault(ada)
  await forget(ada)
}

/** The shorter walk, which is enough to see another language. */
async function brief() {
  const me = await open()
  await signUp(me)
  await firstSignIn(me)
  await addMail(me)
  const { key } = await addApp(me)
  await signOut(me)
  await byApp(me, key)
  await me.press('Sign out everywhere')
  await me.at('You are signed out')
  await visit(me, 'signed-out')
  await byLink(await open())
}

try {
  await Promise.all(language === 'en' ? [life(), byMail(), onTheWay(), lock()] : [brief()])
  await mails.person.to('/outbox')
  await visit(mails.person, 'outbox')
} finally {
  await browser.close()
}
for (const finding of findings) console.log('finding ' + finding.replaceAll('\n', ' '))
