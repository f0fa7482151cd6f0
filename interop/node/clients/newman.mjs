// newman runs a collection of the published calls, as Postman does.
import { readFileSync } from 'node:fs'
import newman from 'newman'
import { check, clientId, clientSecret, issuer, newcomer, password, plain, serviceId, serviceSecret, step, username } from '../lib.mjs'

const collection = JSON.parse(readFileSync(new URL('published.postman_collection.json', import.meta.url)))
const envVar = Object.entries({
  issuer, clientId, clientSecret, username, password, plain, newcomer, serviceId, serviceSecret, totp: process.env.TOTP,
})
  .map(([key, value]) => ({ key, value }))
const summary = await new Promise((resolve, reject) => {
  newman.run({ collection, envVar, reporters: [] }, (err, done) => (err ? reject(err) : resolve(done)))
})
const failures = summary.run.failures.map((f) => `${f.source?.name}: ${f.error.test}: ${f.error.message}`)
check(failures.length === 0, failures.join('\n'))
const asserted = new Set(summary.run.executions.flatMap((e) => (e.assertions ?? []).map((a) => a.assertion)))
for (const name of ['login', 'factor', 'wrong code', 'refresh', 'userinfo', 'tampered', 'introspect', 'revoke']) {
  check(asserted.has(name), 'the collection does not assert ' + name)
  step(name)
}
check(asserted.has('enrolment'), 'the collection enrols nothing')
