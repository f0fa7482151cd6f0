// A mail scanner with a real browser: it renders each of LINKS, runs what scripts there
// are, rests the pointer on all there is, takes a picture, and follows every link. It
// fills in no form and presses no button.
import { chromium } from 'playwright-core'
import { check, step } from '../lib.mjs'

const most = 30 // pages of one link

/** Looks at a page as a person might, without pressing anything. */
async function look(page) {
  await page.screenshot({ fullPage: true })
  for (const thing of await page.locator('a, button, input:not([type="hidden"])').all()) {
    await thing.hover({ force: true, timeout: 5000 }).catch(() => {}) // what is hidden cannot be
    await thing.focus({ timeout: 5000 }).catch(() => {})
  }
  await page.mouse.wheel(0, 10000)
}

/** Opens a link and all that it leads to, in one browser. */
async function scan(browser, link, options) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const todo = [link]
  for (let i = 0; i < todo.length && i < most; i++) {
    const response = await page.goto(todo[i])
    check(response.status() < 500, todo[i] + ' answered ' + response.status())
    await look(page)
    const found = await page.locator('a[href]').evaluateAll((list) => list.map((a) => a.href))
    const own = found.map((address) => address.split('#')[0]).filter((address) => address.startsWith(new URL(link).origin))
    todo.push(...own.filter((address) => !todo.includes(address)))
  }
  await page.reload()
  await page.goBack().catch(() => {}) // there may be nothing to go back to
  await context.close()
  return todo.length
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM })
try {
  for (const link of process.env.LINKS.split(' ')) {
    let pages = 0
    for (const javaScriptEnabled of [true, false]) pages += await scan(browser, link, { javaScriptEnabled })
    step(pages)
  }
} finally {
  await browser.close()
}
