// openid-client speaks the grant, jose verifies what came of it.
import * as client from 'openid-client'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { codeOf, keyOf } from '../browser/qr.mjs'
import {
  audience, audienceIssuer, check, clientId, clientSecret, issuer, message, newcomer, option, password, plain, refused,
  serviceId, serviceSecret, step, tampered, username,
} from '../lib.mjs'

const configOf = (issuer, id, secret) => client.discovery(new URL(issuer), id, secret, undefined, { execute: [client.allowInsecureRequests] })
const config = await configOf(issuer, clientId, clientSecret)
const grant = (fields, by = config) => client.genericGrantRequest(by, 'VGAuthenticator', fields)

check((await grant({ Username: plain, Password: password })).VGResponse.AuthenticationState.Status === 2048, 'one call')
step('login')

const wanted = await refused(grant({ Username: username, Password: password, scope: 'openid offline_access' }), 'call 1')
const first = wanted.cause.VGResponse
check(first.AuthenticationState.Status === 134217729, 'call 1: status ' + first.AuthenticationState.Status)
const chosen = { AuthenticationRequestId: first.AuthenticationResponse.RequestId, MFAAvailableId: option(first, 'Email', 'OTP').Id }
const waiting = await refused(grant(chosen), 'call 2')
check(waiting.cause.VGResponse.AuthenticationState.Status === 1048577, 'call 2')
const wrong = await refused(grant({ ...chosen, MFASecureCode: '00000x' }), 'a wrong code')
check(wrong.cause.VGResponse.AuthenticationState.Status === 524289, 'a wrong code')
const tokens = await grant({ ...chosen, MFASecureCode: message(username + '@example.com', 'otp').code })
check(tokens.VGResponse.AuthenticationState.Status === 2048, 'call 3')
step('factor')
step('wrong code')

const enrolling = (await refused(grant({ Username: newcomer, Password: password }), 'somebody without a factor')).cause.VGResponse
check((enrolling.AuthenticationState.Status & 268435456) !== 0, 'somebody without a factor: ' + enrolling.AuthenticationState.Status)
const requestId = enrolling.AuthenticationResponse.RequestId
const enrolment = (route, fields) => fetch(`${issuer}/api/MFAEnrollment/${route}`, { method: 'POST', body: new URLSearchParams(fields) })
const picture = await fetch(`${issuer}/api/MFAEnrollment/EnrollUserToMicrosoftAuthenticatorByImage?requestId=${requestId}`)
const secureCode = codeOf(keyOf(Buffer.from(await picture.arrayBuffer())))
const added = await (await enrolment('ValidateMicrosoftTOTP', { requestId, secureCode })).json()
check(added.Status === 'Success' && added.IsActive && added.RecoveryCodes.length > 0, 'enrolment: ' + added.Status)
const enrolled = await grant({ Username: newcomer, Password: password, AuthenticationRequestId: requestId })
check(enrolled.VGResponse.AuthenticationState.Status === 2048, 'call 1 again')
step('enrolment')

const fresh = await client.refreshTokenGrant(config, tokens.refresh_token)
check(fresh.refresh_token && fresh.access_token !== tokens.access_token, 'no new tokens')
step('refresh')

const info = await client.fetchUserInfo(config, fresh.access_token, username)
check(info.vgUserId === username, 'userinfo of ' + info.vgUserId)
step('userinfo')

const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri))
const verify = (token) => jwtVerify(token, keys, { issuer, typ: 'at+jwt', algorithms: ['RS256'] })
check((await verify(fresh.access_token)).payload.sub === username, 'subject')
step('verify')
const err = await refused(verify(tampered(fresh.access_token)), 'a tampered token')
check(err.code === 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED', err.code)
step('tampered')

const service = await configOf(issuer, serviceId, serviceSecret)
const told = await client.tokenIntrospection(service, fresh.access_token)
check(told.active && told.sub === username && told.client_id === clientId, 'introspection')
step('introspect')
await client.tokenRevocation(config, fresh.refresh_token)
check((await client.tokenIntrospection(service, fresh.access_token)).active === false, 'after the revocation')
await refused(client.refreshTokenGrant(config, fresh.refresh_token), 'a revoked token')
step('revoke')

const other = await configOf(audienceIssuer, clientId, clientSecret)
const meant = await grant({ Username: plain, Password: password }, other)
const otherKeys = createRemoteJWKSet(new URL(other.serverMetadata().jwks_uri))
const verifyFor = (aud) => jwtVerify(meant.access_token, otherKeys, { issuer: audienceIssuer, audience: aud, typ: 'at+jwt', algorithms: ['RS256'] })
check((await verifyFor(audience)).payload.aud === audience, 'audience')
const foreign = await refused(verifyFor(audience + '/x'), 'a token for somebody else')
check(foreign.code === 'ERR_JWT_CLAIM_VALIDATION_FAILED', foreign.code)
step('audience')
