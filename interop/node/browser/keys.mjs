// A person at the keyboard: Tab to a thing, then type, or press it.
import { check } from '../lib.mjs'

/** Moves the focus to what a locator finds, by Tab alone, and wants it to show. */
export async function tabTo(page, locator) {
  for (let i = 0; i < 100; i++) {
    if (await locator.evaluate((e) => e === document.activeElement)) {
      const seen = await locator.evaluate((e) => {
        const s = getComputedStyle(e)
        return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none'
      })
      check(seen, `the focus on ${locator} does not show`)
      return
    }
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not lead to ${locator}`)
}

/** Types into a field, in place of what stands there. */
export async function type(page, locator, text) {
  await tabTo(page, locator)
  await page.keyboard.press('Control+A')
  await page.keyboard.type(text)
}

/** Presses a key where the focus is, and waits for the page that follows. */
export async function go(page, key) {
  const loaded = page.waitForEvent('load')
  await page.keyboard.press(key)
  await loaded
}

/** Presses a button or a link by Enter, or a button by Space. */
export async function press(page, locator, key = 'Enter') {
  await tabTo(page, locator)
  await go(page, key)
}
