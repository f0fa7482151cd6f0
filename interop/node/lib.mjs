// What the scripts share: who they are, where messages arrive, and how they tell
// the test that a step is done.
import { readFileSync } from 'node:fs'

export const issuer = process.env.ISSUER
export const clientId = process.env.CLIENT_ID
export const clientSecret = process.env.CLIENT_SECRET
export const username = process.env.LOGIN
export const password = process.env.PASSWORD
export const origin = process.env.ORIGIN // of the pages of the SPA
export const serviceId = process.env.SERVICE_ID // who asks what tokens stand for
export const serviceSecret = process.env.SERVICE_SECRET
export const plain = process.env.PLAIN // has no second factor, and needs none
export const newcomer = process.env.NEWCOMER // has none yet, and needs one
export const audience = process.env.AUDIENCE // that tokens of the second issuer have
export const audienceIssuer = process.env.AUDIENCE_ISSUER
export const tokenUrl = issuer + '/connect/token'

/** Tells the test that a step is done. */
export function step(name) {
  console.log('step ' + name)
}

export function check(condition, what) {
  if (!condition) throw new Error(what)
}

/** Returns the newest message of a kind to somebody. */
export function message(to, kind) {
  const lines = readFileSync(process.env.OUTBOX, 'utf8').split('\n').filter(Boolean).map((l) => JSON.parse(l))
  const found = lines.findLast((m) => m.to === to && m.kind === kind)
  check(found, `no ${kind} to ${to} among ${lines.length} messages`)
  return found
}

/** Returns the option of a VGResponse with that transport and mode. */
export function option(response, transport, mode) {
  const found = response.AuthenticationResponse.MFAAvailables
    .find((o) => o.TransportModeDisplay === transport && o.AuthenticationModeDisplay === mode)
  check(found, `no option ${transport} ${mode}`)
  return found
}

/** Returns a token that says something else under the same signature. */
export function tampered(token) {
  const [head, body, signature] = token.split('.')
  const claims = JSON.parse(Buffer.from(body, 'base64url'))
  claims.sub = 'somebody else'
  return [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
}

/** Wants a promise to fail, and returns the error. */
export async function refused(promise, what) {
  try {
    await promise
  } catch (err) {
    return err
  }
  throw new Error(what + ': it was not refused')
}

/** Makes a token call with nothing but fetch, and returns what came. */
export async function call(fields, at = issuer) {
  const body = new URLSearchParams({ grant_type: 'VGAuthenticator', client_id: clientId, ...fields })
  const headers = {}
  if (body.get('client_id').endsWith('_SPA')) headers.Origin = origin // as the browser of its pages sends it
  else body.set('client_secret', clientSecret)
  const response = await fetch(at + '/connect/token', { method: 'POST', body, headers })
  return response.json()
}

/** Logs in with a mailed code by fetch, for scripts whose client is none. */
export async function login() {
  const first = (await call({ Username: username, Password: password })).VGResponse
  const chosen = {
    AuthenticationRequestId: first.AuthenticationResponse.RequestId, MFAAvailableId: option(first, 'Email', 'OTP').Id,
  }
  await call(chosen)
  return call({ ...chosen, MFASecureCode: message(username + '@example.com', 'otp').code })
}
