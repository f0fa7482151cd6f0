// Sends requests that fast-check makes of an OpenAPI document, and of what the server has
// answered before: most are nearly right, some are nothing. No answer may be a fault of the
// server. Prints how often each status came, as JSON.
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import fc from 'fast-check'
import { makers } from './requests/generate.mjs'
import { learn, live } from './requests/live.mjs'

const issuer = new URL(process.env.ISSUER)
const document = JSON.parse(readFileSync(process.env.DOCUMENT, 'utf8'))
const pages = JSON.parse(process.env.PAGES)
const runs = Number(process.env.RUNS)
const seed = Number(process.env.SEED)
const lanes = 4 // that send at the same time
const agent = new Agent({ keepAlive: true, maxSockets: lanes })

/** Sends one request, and returns the status and the body. */
function send(r) {
  return new Promise((resolve, reject) => {
    const req = request({
      agent, host: issuer.hostname, port: issuer.port, method: r.method, path: issuer.pathname.replace(/\/$/, '') + r.path, headers: r.headers, timeout: 60_000,
    }, (resp) => {
      const parts = []
      resp.on('data', (d) => parts.push(d))
      resp.on('end', () => resolve({ status: resp.statusCode, body: Buffer.concat(parts).toString() }))
      resp.on('error', reject)
    })
    req.on('error', reject)
    req.on('timeout', () => req.destroy(new Error('no answer in a minute')))
    if (r.body !== undefined) req.write(r.body)
    req.end()
  })
}

const statuses = {}
let sent = 0

/** Fetches what was mailed of late: codes, keys, links; and what an authenticator would show. */
async function readMail() {
  const mail = await send({ method: 'GET', path: process.env.MAIL + '?request=' + (live.enrolling.at(-1) ?? ''), headers: {} })
  Object.assign(live, JSON.parse(mail.body))
}

/** Runs n requests, one after the other. */
async function lane(n, seed) {
  const property = fc.asyncProperty(makers(document, pages), async (make) => {
    if (sent++ % 8 === 0) await readMail()
    const r = make()
    const answer = await send(r)
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1
    learn(answer)
    if (answer.status >= 500) throw new Error(`${answer.status} ${answer.body}\n${r.method} ${r.path}\n${JSON.stringify(r.headers)}\n${JSON.stringify(String(r.body ?? '').slice(0, 2000))}`)
  })
  await fc.assert(property, { numRuns: n, seed, endOnFailure: true })
}

await Promise.all(Array.from({ length: lanes }, (_, i) => lane(Math.ceil(runs / lanes), seed + i)))
agent.destroy()
console.log(JSON.stringify({ sent, statuses }))
