// Makes requests of an OpenAPI document. What is drawn is a recipe: what it stands for is
// looked up when the request is sent.
import fc from 'fast-check'
import { live } from './live.mjs'
import { oddBody, oddHeaders, oddPath, oddType, oddValue } from './odd.mjs'

/** Draws one of several arbitraries by weight. */
const often = (...pairs) => fc.oneof(...pairs.map(([weight, arbitrary]) => ({ weight, arbitrary })))

/** Returns the element of a list that a number stands for, or nothing. */
const at = (list, n) => list[n % Math.max(1, list.length)]

/** Returns what is good for a field, by its name; same says which of those that belong together. */
function good(name, same, n) {
  const login = at(live.logins, same)
  const client = at(live.clients, same)
  switch (name.toLowerCase()) {
    case 'client_id': return client[0]
    case 'client_secret': return client[1]
    case 'username': return at(live.users, Math.floor(same / 5)) // of each kind by each client
    case 'password': return at(live.passwords, n % 4 ? 0 : n)
    case 'newpassword': case 'again': return at(live.passwords, n)
    case 'authenticationrequestid': return login?.request
    case 'requestid': return same % 5 ? at(live.enrolling.slice(-4), same) : login?.request
    case 'mfaavailableid': return at(login?.options ?? [], n)
    case 'mfasecurecode': case 'securecode': case 'code': return at(live.codes, n % 3 ? n % 2 : n)
    case 'key': return at(live.keys, n)
    case 'link': return at(live.links, n)
    case 'token': return at([...live.access, ...live.refresh], n)
    case 'refresh_token': return at(live.refresh, n)
    case 'vgdevicetoken': return at(live.devices, n)
    case 'scope': return at(live.scopes, n)
    case 'rolename': return at(live.roles, n)
    case 'id': return at(live.permissions, n)
    case 'email': return at(['new@example.com', 'ada@example.com'], n)
    case 'mobilenumber': return '+3361234567' + n % 10
    case 'vgclientaddress': return '192.0.2.' + n % 256
    case 'vgauthenticationmodule': return at(['VGUser', 'vguser', 'Passwordless', 'WindowsByCredential'], n)
    case 'resource': return 'https://orders.example.com'
    case 'returnurl': return 'https://app.example.com/back'
    case 'action': return at(['totp', 'email-send', 'email-confirm', 'sms-send', 'password'], n)
    case 'decision': return at(['approve', 'deny'], n)
    case 'number': return String(n % 100).padStart(2, '0')
  }
  return undefined
}

/** Draws what is sent for one field: a text, nothing, or in JSON anything. What is wanted is mostly good. */
function valueOf(field, wanted) {
  const right = field.schema.enum
    ? fc.constantFrom(...field.schema.enum).map((v) => () => v)
    : fc.nat().map((n) => (same) => good(field.name, same, n) ?? 'x')
  const nothing = fc.constant(() => undefined)
  return wanted ? often([40, right], [1, nothing], [1, oddValue.map((v) => () => v)]) : often([4, right], [6, nothing], [1, oddValue.map((v) => () => v)])
}

/** Returns the fields of an operation with their places. */
function fieldsOf(operation) {
  const list = (operation.parameters ?? []).map((p) => ({ name: p.name, in: p.in, schema: p.schema, required: p.required }))
  for (const [type, { schema }] of Object.entries(operation.requestBody?.content ?? {})) {
    for (const [name, s] of Object.entries(schema.properties)) {
      if (!list.some((f) => f.name === name && f.in === 'body')) list.push({ name, in: 'body', schema: s, required: schema.required?.includes(name), type })
    }
  }
  return list
}

/** Draws the name under which a field is sent. */
const spelt = (name) => often([20, fc.constant(name)], [1, fc.constant(name.toUpperCase())], [1, fc.constant(name.toLowerCase())])

/** Draws pairs of names and values of all fields: what is required is wanted. */
function anyPairs(fields) {
  const one = (f) => fc.tuple(spelt(f.name), valueOf(f, f.required), often([30, fc.constant(1)], [1, fc.constant(2)]))
  const more = often([20, fc.constant([])], [1, fc.array(fc.tuple(fc.string(), oddValue.map((v) => () => v), fc.constant(1)), { maxLength: 70 })])
  return fc.tuple(fc.tuple(...fields.map(one)), more).map(([known, unknown]) => [...known, ...unknown])
}

/** Draws pairs of the names and values that an example of the document has: what is live stands in the place of what it says. */
function pairsLike(example, fields) {
  const one = ([name, said]) => {
    const field = fields.find((f) => f.name === name) ?? { name, schema: {} }
    const value = field.schema.enum ? fc.constant(() => said) : valueOf(field, true)
    return fc.tuple(fc.constant(name), value, fc.constant(1))
  }
  return fc.tuple(...Object.entries(example).map(one))
}

/** Draws pairs of names and values for a place. */
function pairsOf(fields, examples) {
  if (examples.length === 0) return anyPairs(fields)
  return often([2, anyPairs(fields)], [5, fc.constantFrom(...examples).chain((e) => pairsLike(e, fields))])
}

/** Returns pairs as they are to be sent; nothing is left out. */
function resolve(pairs, same) {
  const out = []
  for (const [name, value, times] of pairs) {
    const v = value(same)
    if (v !== undefined) for (let i = 0; i < times; i++) out.push([name, v])
  }
  return out
}

const asText = (v) => (typeof v === 'string' ? v : JSON.stringify(v))

/** Encodes as forms and queries are. A lone half of a surrogate pair becomes what it is not. */
const encode = (pairs) => pairs.map(([n, v]) => [n, asText(v)].map((s) => encodeURIComponent(s.toWellFormed())).join('=')).join('&')

/** Writes a JSON object, in which a name may stand twice. */
const asObject = (pairs) => '{' + pairs.map(([n, v]) => JSON.stringify(n) + ':' + JSON.stringify(v)).join(',') + '}'

/** Draws the header by which a caller says who it is. */
function authorization(operation) {
  const scheme = Object.keys((operation.security ?? [{}])[0])[0]
  const bearer = fc.nat().map((n) => () => 'Bearer ' + (at(live.access, n) ?? 'x'))
  const basic = fc.tuple(fc.boolean(), fc.nat()).map(([right, n]) => () => {
    const [id, secret] = at(live.clients, n)
    return 'Basic ' + Buffer.from(id + ':' + (right ? secret : 'wrong')).toString('base64')
  })
  const none = fc.constant(() => undefined)
  const odd = fc.constantFrom('Basic', 'Basic !', 'Basic ' + Buffer.from('no colon').toString('base64'), 'Basic ' + Buffer.from([0xff, 0x3a, 0]).toString('base64'),
    'Bearer', 'Bearer  x', 'Bearer ' + 'x'.repeat(9000), 'Negotiate x', 'x', ['Bearer x', 'Bearer y'], ['Basic eDp5', 'Basic eDp6']).map((v) => () => v)
  const usual = { bearer: [[8, bearer], [1, none]], client: [[8, none], [2, basic]] }[scheme] ?? [[8, none], [1, bearer]]
  return often(...usual, [1, odd])
}

/** Draws requests of one operation. */
function requestsOf(method, path, operation) {
  const fields = fieldsOf(operation)
  const examples = Object.values(operation.requestBody?.content ?? {}).flatMap(({ examples }) => Object.values(examples ?? {}).map((e) => e.value))
  const of = (place) => pairsOf(fields.filter((f) => f.in === place), place === 'body' ? examples : [])
  const types = Object.keys(operation.requestBody?.content ?? {})
  const plain = {
    method: fc.constant(method.toUpperCase()), segment: valueOf({ name: operation.variable ?? 'id', schema: {} }, true), path: fc.constant((p) => p),
    query: of('query'), body: of('body'), place: fc.constantFrom('query', 'body', 'body'), // where either will do
    type: fc.constantFrom(...(types.length ? types : ['none'])), broken: fc.constant((b) => b), authorization: authorization(operation), headers: fc.constant({}), same: fc.nat(),
  }
  const odd = {
    ...plain, method: often([20, plain.method], [1, fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND')]),
    path: oddPath, place: fc.constantFrom('query', 'body', 'body', 'both'), type: often([8, plain.type], [1, oddType]), broken: oddBody, headers: oddHeaders,
  }
  return often([3, fc.record(plain)], [2, fc.record(odd)]).map((drawn) => () => assemble(drawn, path, operation))
}

/** Puts a request together. */
function assemble(d, path, operation) {
  const segment = encodeURIComponent(asText(d.segment(d.same) ?? 'x').toWellFormed())
  let query = resolve(d.query, d.same)
  let body = resolve(d.body, d.same)
  const either = operation.parameters?.some((p) => p.in === 'query') && operation.requestBody
  if (either && d.place === 'query') body = []
  if (either && d.place === 'body') query = []
  const headers = { ...d.headers }
  const who = d.authorization(d.same)
  if (who !== undefined) headers.Authorization = who
  if (body.some(([, v]) => typeof v === 'string' && v.endsWith('_SPA'))) headers.Origin ??= process.env.ORIGIN // as the browser of its pages sends it
  let bytes
  if (operation.requestBody || d.type !== 'none') {
    if (d.type !== 'none') headers['Content-Type'] = d.type
    bytes = d.broken(String(d.type).includes('json') ? asObject(body) : encode(body))
  }
  if (bytes !== undefined) headers['Content-Length'] = Buffer.byteLength(bytes)
  return { method: d.method, path: d.path(path.replace(/\{.*\}/, segment)) + (query.length ? '?' + encode(query) : ''), headers, body: bytes }
}

/** What the forms of the pages send; the document has no pages. */
const pageFields = ['nonce', 'action', 'code', 'address', 'other', 'name', 'decision', 'number', 'add', 'by', 'password', 'again', 'username']

function pageOperation({ path }) {
  const [, variable] = /\{(.*)\}/.exec(path) ?? []
  const properties = Object.fromEntries(pageFields.map((name) => [name, {}]))
  return { variable: variable === 'token' ? 'link' : variable, parameters: ['add', 'other', 'view', 'by'].map((name) => ({ name, in: 'query', schema: {} })), requestBody: { content: { 'application/x-www-form-urlencoded': { schema: { properties } } } } }
}

/** Draws requests of all operations, those that lead on more often, and of the pages. */
export function makers(document, pages) {
  const list = []
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      list.push([operation.operationId === 'token' ? 40 : 2, requestsOf(method, path, operation)])
    }
  }
  for (const p of pages) list.push([1, requestsOf(p.method, p.path, pageOperation(p))])
  return often(...list)
}
