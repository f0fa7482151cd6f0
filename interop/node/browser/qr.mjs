// A telephone that is held before the screen: it takes a picture of the code and reads that.
import { execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check } from '../lib.mjs'

/** Reads the picture that a page shows and returns the key of the authenticator. */
export async function scan(page) {
  return keyOf(await page.locator('img.qr').screenshot())
}

/** Reads a picture and returns the key of the authenticator. */
export function keyOf(png) {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-qr-'))
  try {
    const path = join(folder, 'qr.png')
    writeFileSync(path, png)
    const read = execFileSync('zbarimg', ['--quiet', '--raw', '-Sdisable', '-Sqrcode.enable', path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    const uri = new URL(read)
    check(uri.protocol === 'otpauth:' && uri.host === 'totp', 'the picture says ' + uri.protocol + uri.host)
    return uri.searchParams.get('secret')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Returns the code of an authenticator, now or so many steps later (RFC 6238). */
export function codeOf(key, later = 0) {
  const bits = [...key].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const secret = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + later))
  const digest = createHmac('sha1', secret).update(step).digest()
  const number = digest.readUInt32BE(digest.at(-1) & 15) & 0x7fffffff
  return String(number % 1e6).padStart(6, '0')
}
