// What the pages say, in the language of a walk: the texts of internal/page, which are keyed by
// their English.
import { readFileSync } from 'node:fs'

const language = process.env.TONGUE ?? 'en'
const texts = JSON.parse(readFileSync(new URL(`../../../internal/page/texts/${language}.json`, import.meta.url), 'utf8'))

/** Returns a text with nothing put into its places, which is English where there is no other. */
export const say = (words) => texts[words] ?? words

/** Returns what finds a text with whatever is in its places. */
export function within(words) {
  const parts = say(words).split(/%(?:\[\d\])?[a-z]/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(parts.join('[^]*'))
}

/** The same where nothing else may stand around it. */
export const pattern = (words) => new RegExp(`^\\s*${within(words).source}\\s*$`)

export { language }
