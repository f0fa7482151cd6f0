// jose verifies access tokens of RFC 9068 as an API does that they are for: by the keys of
// discovery, an audience, a type and one algorithm.
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { check, issuer, refused, step, tampered } from '../lib.mjs'

const { TOKEN: token, AUDIENCE: audience, ALGORITHM: algorithm } = process.env
const { jwks_uri: jwksUri } = await (await fetch(issuer + '/.well-known/openid-configuration')).json()
const keys = createRemoteJWKSet(new URL(jwksUri))
const options = { issuer, audience, typ: 'at+jwt', algorithms: [algorithm], currentDate: new Date(Number(process.env.NOW) * 1000), requiredClaims: ['sub', 'client_id', 'jti', 'iat', 'scope'] }

const { payload, protectedHeader } = await jwtVerify(token, keys, options)
check(protectedHeader.alg === algorithm && payload.sub === 'marie' && payload.scope.split(' ').includes('orders.read'), JSON.stringify(payload))
check(payload.roles.join() === 'Auditor' && payload.amr.join() === 'pwd', JSON.stringify(payload))
step('verify')
for (const [what, changed, code] of [
  ['another audience', { audience: 'https://other.example.com' }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
  ['another issuer', { issuer: issuer + '/' }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
  ['another type', { typ: 'JWT' }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
  ['another algorithm', { algorithms: ['HS256'] }, 'ERR_JOSE_ALG_NOT_ALLOWED'],
  ['later', { currentDate: new Date((Number(process.env.NOW) + 3600) * 1000) }, 'ERR_JWT_EXPIRED'],
]) {
  const err = await refused(jwtVerify(token, keys, { ...options, ...changed }), what)
  check(err.code === code, what + ': ' + err.code)
}
const err = await refused(jwtVerify(tampered(token), keys, options), 'a tampered token')
check(err.code === 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED', err.code)
step('refuse')
