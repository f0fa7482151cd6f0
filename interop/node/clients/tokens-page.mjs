// The lines of docs/tokens.md for Node, as they stand there: run with an issuer and a token of
// the test's own.
import { readFileSync } from 'node:fs'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { check, issuer, refused, step, tampered } from '../lib.mjs'

const page = readFileSync(new URL('../../../docs/tokens.md', import.meta.url), 'utf8')
const lines = page.match(/```js\n([^]*?)```/)[1].replaceAll('https://id.example.com', issuer)
const verify = new Function('createRemoteJWKSet', 'jwtVerify', 'token', `return (async () => { ${lines}; return payload })()`)

const { TOKEN: token } = process.env
const payload = await verify(createRemoteJWKSet, jwtVerify, token)
check(payload.sub === 'marie' && payload.scope.includes('orders.read'), JSON.stringify(payload))
step('verify')
await refused(verify(createRemoteJWKSet, jwtVerify, tampered(token)), 'a tampered token')
step('refuse')
