// openid-client speaks the grant, jose verifies what came of it.
import * as client from 'openid-client'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { check, clientId, clientSecret, issuer, message, option, password, refused, step, tampered, username } from '../lib.mjs'

const config = await client.discovery(new URL(issuer), clientId, clientSecret, undefined, { execute: [client.allowInsecureRequests] })
const grant = (fields) => client.genericGrantRequest(config, 'VGAuthenticator', fields)

const wanted = await refused(grant({ Username: username, Password: password, scope: 'openid offline_access' }), 'call 1')
const first = wanted.cause.VGResponse
check(first.AuthenticationState.Status === 134217729, 'call 1: status ' + first.AuthenticationState.Status)
const chosen = { AuthenticationRequestId: first.AuthenticationResponse.RequestId, MFAAvailableId: option(first, 'Email', 'OTP').Id }
const waiting = await refused(grant(chosen), 'call 2')
check(waiting.cause.VGResponse.AuthenticationState.Status === 1048577, 'call 2')
const tokens = await grant({ ...chosen, MFASecureCode: message(username + '@example.com', 'otp').code })
check(tokens.VGResponse.AuthenticationState.Status === 2048, 'call 3')
step('login')

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
