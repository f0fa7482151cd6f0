// jsonwebtoken verifies an access token by the keys that jwks-rsa fetches, as an
// API in express does. Neither logs anybody in.
import jwt from 'jsonwebtoken'
import jwksClient from 'jwks-rsa'
import { check, issuer, login, refused, step, tampered, username } from '../lib.mjs'

const { jwks_uri: jwksUri } = await (await fetch(issuer + '/.well-known/openid-configuration')).json()
const keys = jwksClient({ jwksUri })
const find = (header, done) => keys.getSigningKey(header.kid).then((key) => done(null, key.getPublicKey()), done)
const verify = (token) => new Promise((resolve, reject) => {
  jwt.verify(token, find, { issuer, algorithms: ['RS256'] }, (err, claims) => (err ? reject(err) : resolve(claims)))
})

const tokens = await login()
check((await verify(tokens.access_token)).sub === username, 'subject')
step('verify')
const err = await refused(verify(tampered(tokens.access_token)), 'a tampered token')
check(err.message === 'invalid signature', err.message)
step('tampered')
