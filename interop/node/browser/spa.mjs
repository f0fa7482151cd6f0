// A page of another origin logs in, refreshes and asks userinfo with
// oidc-client-ts, in a real browser. It knows nothing of second factors, so the
// page makes calls 1 and 2 by fetch.
import { chromium } from 'playwright-core'
import { check, clientId, issuer, message, password, step, username } from '../lib.mjs'

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM })
try {
  const page = await (await browser.newContext()).newPage()
  const trouble = []
  page.on('console', (m) => m.type() === 'error' && trouble.push(m.text()))
  const preflights = []
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Network.enable')
  cdp.on('Network.requestWillBeSent', (e) => e.request.method === 'OPTIONS' && preflights.push(e.request.url))
  await page.goto(process.env.SPA + '/')

  const chosen = await page.evaluate(begin, { issuer, clientId, username, password })
  const code = message(username + '@example.com', 'otp').code
  const user = await page.evaluate(finish, { ...chosen, code, username, password })
  check(user.sub === username && user.vgUserId === username, 'profile of ' + JSON.stringify(user))
  step('login')
  step('userinfo')

  const renewed = await page.evaluate(refresh)
  check(renewed.fresh && renewed.rotated && renewed.sub === username, 'silent refresh: ' + JSON.stringify(renewed))
  step('refresh')
  check(preflights.includes(issuer + '/connect/userinfo'), 'no preflight of userinfo: ' + preflights)
  step('preflight')

  const lost = await page.evaluate(foreign, issuer)
  check(lost === 'TypeError', 'another client\'s enrolment route was readable: ' + lost)
  step('unreadable')

  await page.goto(process.env.STRANGER + '/')
  for (const path of ['/.well-known/openid-configuration', '/connect/token']) {
    check(await page.evaluate(read, issuer + path) === 'TypeError', path + ' was readable for a stranger')
  }
  step('stranger')
  // What the browser refuses it writes to the console: two refused calls are
  // meant, and the answers 400 of the calls that log in.
  const unmeant = trouble.filter((text) => !/status of 40[013]|blocked by CORS policy|ERR_FAILED/.test(text))
  check(unmeant.length === 0, unmeant.join('\n'))
} finally {
  await browser.close()
}

/** Makes calls 1 and 2 in the page. */
async function begin({ issuer, clientId, username, password }) {
  window.settings = {
    authority: issuer, client_id: clientId, redirect_uri: location.origin + '/', scope: 'openid offline_access',
    loadUserInfo: true, automaticSilentRenew: false,
  }
  const call = async (fields) => {
    const body = new URLSearchParams({ grant_type: 'VGAuthenticator', client_id: clientId, scope: 'openid offline_access', ...fields })
    return (await fetch(issuer + '/connect/token', { method: 'POST', body })).json()
  }
  const response = (await call({ Username: username, Password: password })).VGResponse.AuthenticationResponse
  const chosen = {
    AuthenticationRequestId: response.RequestId,
    MFAAvailableId: response.MFAAvailables.find((o) => o.AuthenticationModeDisplay === 'OTP').Id,
  }
  await call(chosen)
  return chosen
}

/** Makes call 3 with the library, which takes further fields from its settings. */
async function finish({ AuthenticationRequestId, MFAAvailableId, code, username, password }) {
  const extraTokenParams = { grant_type: 'VGAuthenticator', AuthenticationRequestId, MFAAvailableId, MFASecureCode: code }
  const manager = new oidc.UserManager({ ...window.settings, extraTokenParams })
  return (await manager.signinResourceOwnerCredentials({ username, password, skipUserInfo: false })).profile
}

/** Refreshes without a window, by the refresh token. */
async function refresh() {
  const manager = new oidc.UserManager(window.settings)
  const before = await manager.getUser()
  const after = await manager.signinSilent()
  return {
    fresh: after.access_token !== before.access_token, rotated: after.refresh_token !== before.refresh_token, sub: after.profile.sub,
  }
}

/** Asks about a request that is not this client's. */
async function foreign(issuer) {
  const body = new URLSearchParams({ requestId: '00000000-0000-4000-8000-000000000000' })
  return fetch(issuer + '/api/MFAEnrollment/GetEnrollmentInformation', { method: 'POST', body }).then((r) => r.text(), (err) => err.name)
}

/** Reads an address, or says why not. */
async function read(address) {
  return fetch(address, { headers: { Authorization: 'Bearer x' } }).then((r) => r.text(), (err) => err.name)
}
