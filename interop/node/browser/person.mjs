// Somebody at a browser of their own, who finds things on a page by what they say.
import { check } from '../lib.mjs'
import { language, pattern, say, within } from './words.mjs'

/** What a walk has seen go wrong though no person would: the test wants none. */
export const findings = []

/** Has a page tell of what goes on behind it. */
function listen({ page, base }) {
  page.on('pageerror', (e) => findings.push('script: ' + e.message))
  page.on('console', (m) => {
    // That a page was answered with a refusal is no fault of it.
    if (['error', 'warning'].includes(m.type()) && !/^Failed to load resource: .* status of 4\d\d/.test(m.text())) findings.push('console: ' + m.text())
  })
  page.on('request', (r) => {
    if (!r.url().startsWith(base + '/') && !r.url().startsWith('data:')) findings.push('it asked another host: ' + r.url())
  })
  page.on('response', (r) => {
    const page = r.request().resourceType() === 'document'
    if (r.status() >= (page ? 500 : 400)) findings.push(`${r.status()} for ${r.url()}`)
  })
}

/** One page of a browser. */
export class Person {
  constructor(page, base) {
    Object.assign(this, { page, base })
  }

  /** Opens a browser that has no cookies yet. */
  static async open(browser, base, options = {}) {
    const context = await browser.newContext({ locale: language === 'de' ? 'de-DE' : 'en-GB', viewport: { width: 1280, height: 844 }, ...options })
    context.setDefaultTimeout(60000)
    return new Person(await context.newPage(), base).#ready()
  }

  #ready() {
    listen(this)
    return this
  }

  /** Opens a second window of the same browser. */
  async tab() {
    return new Person(await this.page.context().newPage(), this.base).#ready()
  }

  /** Goes on at another site, with no cookies and with this window alone. */
  async moveTo(base) {
    const context = this.page.context()
    const page = await context.newPage()
    for (const other of context.pages()) if (other !== page) await other.close()
    await context.clearCookies()
    return new Person(page, base).#ready()
  }

  close() {
    return this.page.context().close()
  }

  /** Types an address of the site, or follows one from a mail. */
  async to(address) {
    await this.page.goto(address.startsWith('/') ? this.base + address : address)
  }

  button(words) {
    return this.page.getByRole('button', { name: pattern(words) }).first()
  }

  field(words) {
    return this.page.getByLabel(pattern(words)).first()
  }

  async press(words) {
    await this.button(words).click()
  }

  /** Follows the first link that begins with the words, or says them. */
  async follow(words) {
    const begins = new RegExp('^' + within(words).source)
    await this.page.getByRole('link', { name: begins }).first().click()
  }

  async fill(words, text) {
    await this.field(words).fill(text)
  }

  /** Waits until something is on the page, and says else what is there. */
  async shown(locator, what) {
    await locator.first().waitFor().catch(async () => {
      throw new Error(`no ${what} on ${this.page.url()}:\n${await this.page.locator('body').innerText()}`)
    })
  }

  /** Waits until the page says this somewhere. */
  sees(words) {
    return this.shown(this.page.getByText(within(words)), say(words))
  }

  /** Waits for the page with that heading. */
  at(heading) {
    return this.shown(this.page.getByRole('heading', { level: 1, name: pattern(heading) }), 'heading ' + say(heading))
  }

  /** Types name and password where they are asked for. */
  async enter(name, password) {
    await this.at('Sign in')
    await this.fill('User name', name)
    await this.fill('Password', password)
    await this.press('Sign in')
  }

  /** Looks for a text that must not be there. */
  async lacks(words) {
    check(await this.page.getByText(within(words)).count() === 0, `"${say(words)}" on ${this.page.url()}`)
  }
}

// What a mail leads to, by the pages that mails have.
const leads = {
  code: 'p code', link: 'a[href*="/mfa/link/"]', account: 'a[href*="/account/verify/"]', reset: 'a[href*="/account/reset/"]',
}

/** The mailboxes of everybody, as the page of the mails shows them. */
export class Mails {
  constructor(person) {
    Object.assign(this, { person, taken: {}, turn: Promise.resolve() })
  }

  /** Waits for a mail to somebody that was not read before, and returns what it leads to. */
  next(to, kind) {
    const one = this.turn.then(() => this.#next(to, kind))
    this.turn = one.catch(() => {})
    return one
  }

  async #next(to, kind) {
    const { page } = this.person
    const list = page.locator('article').filter({ hasText: 'to ' + to }).locator(leads[kind])
    const key = `${to} ${kind}`
    for (let i = 0; i < 600; i++) {
      await this.person.to('/outbox')
      const count = await list.count()
      if (count > (this.taken[key] ?? 0)) {
        this.taken[key] = count
        return list.first().innerText()
      }
      await page.waitForTimeout(50)
    }
    throw new Error(`no ${kind} to ${to}: ` + await page.locator('main').innerText())
  }
}
