// A picture of every state of the pages, on a telephone and on a desk, in light
// and dark, into the folder SCREENSHOTS.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { step } from '../lib.mjs'
import { walk } from './walk.mjs'

const folder = process.env.SCREENSHOTS
const screens = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } }

mkdirSync(folder, { recursive: true })
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM })
try {
  await walk(browser, {}, async (page, state) => {
    for (const [screen, size] of Object.entries(screens)) {
      await page.setViewportSize(size)
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme })
        await page.screenshot({ path: join(folder, `${state}-${screen}-${colorScheme}.png`), fullPage: true })
      }
    }
    step(state)
  })
} finally {
  await browser.close()
}
