// What an authenticator app shows (RFC 6238), for the key in the variable `from`: the code of
// this half minute, or of the next where this one is spent.
const totp = (from, to) => {
  const crypto = require('crypto-js')
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...pm.environment.get(from)].map((c) => letters.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = bits.match(/.{8}/g).map((b) => parseInt(b, 2).toString(16).padStart(2, '0')).join('')
  const spent = from + 'Spent'
  const step = Math.max(Math.floor(Date.now() / 30000), Number(pm.environment.get(spent) || 0) + 1)
  const sum = crypto.HmacSHA1(crypto.enc.Hex.parse(step.toString(16).padStart(16, '0')), crypto.enc.Hex.parse(key)).toString()
  const at = parseInt(sum.slice(-1), 16) * 2
  pm.environment.set(to, String((parseInt(sum.slice(at, at + 8), 16) & 0x7fffffff) % 1e6).padStart(6, '0'))
  pm.environment.set(spent, String(step))
}
