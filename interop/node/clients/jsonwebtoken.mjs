// jsonwebtoken verifies an access token by the keys that jwks-rsa fetches, as an
// API in express does. Neither logs anybody in.
import jwt from 'jsonwebtoken'
import jwksClient from 'jwks-rsa'
import { audience, audienceIssuer, call, check, issuer, login, password, plain, refused, step, tampered, username } from '../lib.mjs'

/** Returns what verifies the tokens of an issuer. */
async function verifier(issuer) {
  const { jwks_uri: jwksUri } = await (await fetch(issuer + '/.well-known/openid-configuration')).json()
  const keys = jwksClient({ jwksUri })
  const find = (header, done) => keys.getSigningKey(header.kid).then((key) => done(null, key.getPublicKey()), done)
  return (token, options) => new Promise((resolve, reject) => {
    jwt.verify(token, find, { issuer, algorithms: ['RS256'], ...options }, (err, claims) => (err ? reject(err) : resolve(claims)))
  })
}

const verify = await verifier(issuer)
const tokens = await login()
check((await verify(tokens.access_token)).sub === username, 'subject')
step('verify')
const err = await refused(verify(tampered(tokens.access_token)), 'a tampered token')
check(err.message === 'invalid signature', err.message)
step('tampered')

const verifyFor = await verifier(audienceIssuer)
const meant = await call({ Username: plain, Password: password }, audienceIssuer)
check((await verifyFor(meant.access_token, { audience })).aud === audience, 'audience')
const foreign = await refused(verifyFor(meant.access_token, { audience: audience + '/x' }), 'a token for somebody else')
check(foreign.message.startsWith('jwt audience invalid'), foreign.message)
step('audience')
