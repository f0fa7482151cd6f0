// Every way through the pages without JavaScript and without a mouse.
import { chromium } from 'playwright-core'
import { step } from '../lib.mjs'
import { walk } from './walk.mjs'

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM })
try {
  await walk(browser, { javaScriptEnabled: false }, (_, state) => step(state))
} finally {
  await browser.close()
}
