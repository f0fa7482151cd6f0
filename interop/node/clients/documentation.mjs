// newman runs the collection that a server serves, with the environment that it serves, as they
// come.
import newman from 'newman'
import { check, issuer, step } from '../lib.mjs'

const read = async (name) => {
  const answer = await fetch(`${issuer}/documentation/${name}`)
  check(answer.ok, `${name}: ${answer.status}`)
  return answer.json()
}
const [collection, environment] = await Promise.all(['postman_collection.json', 'postman_environment.json'].map(read))
if (process.env.WITHOUT_OUTBOX) environment.values.find((v) => v.key === 'Outbox').value = ''
const count = (items) => items.reduce((n, item) => n + (item.item ? count(item.item) : 1), 0)
const summary = await new Promise((resolve, reject) => {
  newman.run({ collection, environment, reporters: [] }, (err, done) => (err ? reject(err) : resolve(done)))
})
const { run } = summary
for (const f of run.failures) console.log(`finding ${f.source?.name}: ${f.error.test ?? ''}: ${f.error.message}`.replaceAll('\n', ' '))
const sent = run.executions.filter((e) => e.response)
for (const e of sent.filter((e) => !e.assertions?.length)) console.log(`finding ${e.item.name}: nothing is tested`)
console.log(`sent ${new Set(sent.map((e) => e.item.id)).size} of ${count(collection.item)}`)
console.log(`asserted ${run.stats.assertions.total}`)
step('documentation')
