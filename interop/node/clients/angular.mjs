// Angular's HttpClient runs the service of docs/grants.md, which tsc has compiled, as a page of
// the SPA would. Its backend is fetch; the Origin, which a browser sets, is set by an interceptor.
import '@angular/compiler'
import { createEnvironmentInjector, Injector, provideZonelessChangeDetection, ɵINJECTOR_SCOPE as INJECTOR_SCOPE } from '@angular/core'
import { HttpClient, provideHttpClient, withFetch, withInterceptors } from '@angular/common/http'
import { firstValueFrom } from 'rxjs'
import { codeOf, keyOf } from '../browser/qr.mjs'
import { check, clientId, issuer, message, newcomer, origin, password, plain, step, tampered, username } from '../lib.mjs'

const { Grants, byMail } = await import(process.env.GRANTS)
const injector = createEnvironmentInjector([
  { provide: INJECTOR_SCOPE, useValue: 'root' }, // as that of an application
  provideZonelessChangeDetection(),
  provideHttpClient(withFetch(), withInterceptors([(request, next) => next(request.clone({ setHeaders: { Origin: origin } }))])),
], Injector.NULL)
const http = injector.get(HttpClient)
const grants = injector.get(Grants)
Object.assign(grants, { issuer, clientId })
const token = (grant, fields) => firstValueFrom(grants.token(grant, fields))
const status = (answer) => answer.VGResponse?.AuthenticationState.Status ?? JSON.stringify(answer)

const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }

const one = await token('VGAuthenticator', { Username: plain, Password: password })
check(status(one) === 2048, 'one call: ' + status(one))
check((await token('password', { username: plain, password })).access_token, 'password')
step('login')
const wrong = await byMail(grants, username, password, async () => '00000x')
check(status(wrong) === 524289, 'a wrong code')
step('wrong code')
const tokens = await byMail(grants, username, password, async () => message(username + '@example.com', 'otp').code)
check(status(tokens) === 2048, 'call 3')
step('factor')

const requestId = (await token('VGAuthenticator', { Username: newcomer, Password: password })).VGResponse.AuthenticationResponse.RequestId
const api = issuer + '/api/MFAEnrollment/'
const picture = await firstValueFrom(http.get(api + 'EnrollUserToMicrosoftAuthenticatorByImage', { params: { requestId }, responseType: 'arraybuffer' }))
const first = new URLSearchParams({ requestId, secureCode: codeOf(keyOf(Buffer.from(picture))) })
const added = await firstValueFrom(http.post(api + 'ValidateMicrosoftTOTP', first, { headers }))
check(added.Status === 'Success' && added.IsActive, 'enrolment: ' + added.Status)
const enrolled = await token('VGAuthenticator', { Username: newcomer, Password: password, AuthenticationRequestId: requestId })
check(status(enrolled) === 2048, 'call 1 again')
step('enrolment')

const fresh = await token('refresh_token', { refresh_token: tokens.refresh_token })
check(fresh.refresh_token && fresh.access_token !== tokens.access_token, 'no new tokens')
step('refresh')
const userinfo = (bearer) => firstValueFrom(http.get(issuer + '/connect/userinfo', { headers: { Authorization: 'Bearer ' + bearer } }))
check((await userinfo(fresh.access_token)).vgUserId === username, 'userinfo')
step('userinfo')
check((await userinfo(tampered(fresh.access_token)).catch((e) => e)).status === 401, 'a tampered token')
step('tampered')
const given = new URLSearchParams({ client_id: clientId, token: fresh.refresh_token })
await firstValueFrom(http.post(issuer + '/connect/revocation', given, { headers, responseType: 'text' }))
check((await userinfo(fresh.access_token).catch((e) => e)).status === 401, 'after the revocation')
step('revoke')
