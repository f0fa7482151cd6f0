// Every state of the pages as axe-core sees it, in light and dark, and whether it
// fits a narrow screen, also with letters twice as large.
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { step } from '../lib.mjs'
import { walk } from './walk.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const findings = []

// In the dark only the colours are others.
const rules = {
  light: { rules: { 'target-size': { enabled: true } } },
  dark: { runOnly: ['color-contrast', 'link-in-text-block'] },
}

/** Asks axe-core about a page in one scheme of colours. */
async function look(page, state, colorScheme) {
  await page.emulateMedia({ colorScheme })
  const violations = await page.evaluate(async (rules) => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'], ...rules })
    return violations.flatMap((v) => v.nodes.map((n) => `${v.id} (${v.impact}): ${n.target.join(' ')}: ${n.failureSummary}`))
  }, rules[colorScheme])
  findings.push(...violations.map((v) => `${state}, ${colorScheme}: ${v}`))
}

/** Measures whether a page has to be scrolled sideways. */
async function measure(page, state) {
  for (const width of [320, 360, 412]) {
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
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM })
try {
  await walk(browser, {}, async (page, state) => {
    await page.evaluate(axe)
    for (const colorScheme of ['light', 'dark']) await look(page, state, colorScheme)
    await measure(page, state)
    step(state)
  })
} finally {
  await browser.close()
}
for (const finding of findings) console.log('finding ' + finding.replaceAll('\n', ' '))
