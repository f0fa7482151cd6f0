// The pictures of the README, into the folder PICTURES: the proof of a second factor on a
// telephone, in light, and the page of an account on a desk, in the dark.
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { step } from '../lib.mjs'
import { Mails, Person, findings } from './person.mjs'

const { BASE: base, PICTURES: folder } = process.env
const passwords = JSON.parse(process.env.PASSWORDS)
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM })
const mails = new Mails(await Person.open(browser, base))

async function picture(person, name) {
  await person.page.evaluate(() => document.activeElement?.blur())
  await person.page.screenshot({ path: join(folder, name) })
  step(name)
}

async function begin(options) {
  const ada = await Person.open(browser, base, options)
  await ada.to('/account')
  await ada.enter('ada', passwords.ada)
  await ada.at('Show that it is you')
  await ada.press('Send a code to %s')
  await ada.at('Enter the code')
  return ada
}

try {
  const phone = await begin({ viewport: { width: 390, height: 700 }, deviceScaleFactor: 1.5, colorScheme: 'light' })
  await picture(phone, 'sign-in.png')
  await phone.close()
  const desk = await begin({ viewport: { width: 1280, height: 870 }, colorScheme: 'dark' })
  await desk.fill('Code', await mails.next('ada@example.com', 'code'))
  await desk.field('Do not ask me again on this device for a while').check()
  await desk.press('Go on')
  await desk.at('Your account')
  await picture(desk, 'account.png')
} finally {
  await browser.close()
}
for (const finding of findings) console.log('finding ' + finding.replaceAll('\n', ' '))
