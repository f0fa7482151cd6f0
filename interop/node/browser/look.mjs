// How a page looks: to axe-core in light and dark, on narrow screens with letters of twice the
// size, and in a picture.
import { createRequire } from 'node:module'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const folder = process.env.SCREENSHOTS
if (folder) mkdirSync(folder, { recursive: true })

// In the dark only the colours are others.
const rules = {
  light: { rules: { 'target-size': { enabled: true } } },
  dark: { runOnly: ['color-contrast', 'link-in-text-block'] },
}
const screens = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 844 } }

async function judge(page, colorScheme) {
  const violations = await page.evaluate(async (rules) => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'], ...rules })
    return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}: ${n.failureSummary}`))
  }, rules[colorScheme])
  return violations.map((v) => `${colorScheme}: ${v}`)
}

/** Measures whether a page has to be scrolled sideways. */
async function measure(page) {
  const found = []
  for (const width of [320, 390]) {
    await page.setViewportSize({ width, height: 740 })
    for (const size of ['100%', '200%']) {
      const over = await page.evaluate((size) => {
        document.documentElement.style.fontSize = size
        const { scrollWidth, clientWidth } = document.documentElement
        document.documentElement.style.fontSize = ''
        return scrollWidth - clientWidth
      }, size)
      if (over > 0) found.push(`at ${width} px and letters of ${size} it is ${over} px too wide`)
    }
  }
  return found
}

async function picture(page, state, colorScheme) {
  for (const [screen, size] of Object.entries(screens)) {
    await page.setViewportSize(size)
    await page.screenshot({ path: join(folder, `webapp-${state}-${screen}-${colorScheme}.png`), fullPage: true })
  }
}

/** Looks at a page in one state, and returns what is wrong with it. */
export async function look(page, state) {
  const before = page.viewportSize()
  const found = []
  await page.evaluate(axe)
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme })
    found.push(...await judge(page, colorScheme))
    if (folder) await picture(page, state, colorScheme)
  }
  found.push(...await measure(page))
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(before)
  return found.map((f) => `${state}: ${f}`)
}
